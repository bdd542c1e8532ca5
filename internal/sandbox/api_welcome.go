package sandbox

import (
	"encoding/json"
	"maps"
	"net/http"
)

func welcomeAPI() map[string]endpoint {
	return map[string]endpoint{
		"externalcontact/group_welcome_template/add":  {http.MethodPost, appScope, addWelcome},
		"externalcontact/group_welcome_template/edit": {http.MethodPost, appScope, editWelcome},
		"externalcontact/group_welcome_template/get":  {http.MethodPost, appScope, getWelcome},
		"externalcontact/group_welcome_template/del":  {http.MethodPost, appScope, deleteWelcome},
		"externalcontact/send_welcome_msg":            {http.MethodPost, appScope, sendWelcome},
	}
}

// maxWelcomeText is the most bytes of a welcome text (D:92366).
const maxWelcomeText = 3000

// decodeWelcome reads a template and checks that it says something.
func (c *call) decodeWelcome() (id string, fields map[string]json.RawMessage, err error) {
	if err := c.decode(&fields); err != nil {
		return "", nil, err
	}
	var in struct {
		TemplateID string `json:"template_id"`
		Text       struct {
			Content string `json:"content"`
		} `json:"text"`
	}
	if err := c.decode(&in); err != nil {
		return "", nil, err
	}
	if len(in.Text.Content) > maxWelcomeText {
		return "", nil, refuse(40058, "invalid Request Parameter: text.content is longer than %d bytes", maxWelcomeText)
	}
	says := in.Text.Content != ""
	for _, kind := range []string{"image", "link", "miniprogram", "file", "video"} {
		says = says || fields[kind] != nil
	}
	if !says {
		return "", nil, refuse(40063, "some parameters are empty: text or an attachment")
	}
	delete(fields, "template_id")
	delete(fields, "notify")
	return in.TemplateID, fields, nil
}

func addWelcome(c *call) (reply, error) {
	_, fields, err := c.decodeWelcome()
	if err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if len(w.welcomes) >= maxWelcomeTemplates {
		return nil, refuse(41055, "group welcome template count out of limit")
	}
	t := &welcomeTemplate{id: w.newID("msg", 32), fields: fields}
	w.welcomes[t.id] = t
	return reply{"template_id": t.id}, nil
}

func editWelcome(c *call) (reply, error) {
	id, fields, err := c.decodeWelcome()
	if err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.welcomes[id]
	if t == nil {
		return nil, errTemplate()
	}
	t.fields = fields
	return nil, nil
}

func getWelcome(c *call) (reply, error) {
	return c.withTemplate(func(t *welcomeTemplate) reply {
		out := reply{}
		for name, value := range maps.All(t.fields) {
			out[name] = value
		}
		return out
	})
}

func deleteWelcome(c *call) (reply, error) {
	return c.withTemplate(func(t *welcomeTemplate) reply {
		delete(c.world.welcomes, t.id)
		return nil
	})
}

func (c *call) withTemplate(use func(*welcomeTemplate) reply) (reply, error) {
	var in struct {
		TemplateID string `json:"template_id"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	t := w.welcomes[in.TemplateID]
	if t == nil {
		return nil, errTemplate()
	}
	return use(t), nil
}

func errTemplate() error { return refuse(40058, "invalid Request Parameter: template_id") }

// sendWelcome greets a new customer, once and within 20 s (D:92137).
func sendWelcome(c *call) (reply, error) {
	var in struct {
		Code string `json:"welcome_code"`
		Text struct {
			Content string `json:"content"`
		} `json:"text"`
		Attachments []json.RawMessage `json:"attachments"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	switch {
	case in.Text.Content == "" && len(in.Attachments) == 0:
		return nil, refuse(40063, "some parameters are empty: text or attachments")
	case len(in.Attachments) > 9:
		return nil, refuse(40058, "invalid Request Parameter: attachments should have at most 9 entries")
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	code, ok := w.welcomeCode[in.Code]
	delete(w.welcomeCode, in.Code)
	if !ok || w.clock.Now().Sub(code.at) > welcomeCodeLife {
		return nil, refuse(41050, "invalid welcome_code")
	}
	return nil, nil
}
