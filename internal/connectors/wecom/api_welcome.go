package wecom

import (
	"context"
	"errors"
)

// WelcomeTemplate is an entry of the library of group welcome messages
// (入群欢迎语素材). Adding one does not switch it on: the owner chooses it in the
// client (D:92366).
type WelcomeTemplate struct {
	Text string // at most 3000 bytes; %NICKNAME% stands for the newcomer
	Link *Link
	// NotifyOwners makes the platform tell group owners about a new template.
	NotifyOwners bool
}

// Link is a link card.
type Link struct {
	Title       string `json:"title"` // at most 128 bytes
	PictureURL  string `json:"picurl,omitempty"`
	Description string `json:"desc,omitempty"` // at most 512 bytes
	URL         string `json:"url"`            // at most 2048 bytes
}

func (l Link) check() error {
	return errors.Join(
		checkBytes("link.title", l.Title, 1, 128),
		checkBytes("link.picurl", l.PictureURL, 0, 2048),
		checkBytes("link.desc", l.Description, 0, 512),
		checkBytes("link.url", l.URL, 1, 2048),
	)
}

type textJSON struct {
	Content string `json:"content"`
}

type welcomeJSON struct {
	TemplateID string   `json:"template_id,omitempty"`
	Text       textJSON `json:"text"`
	Link       *Link    `json:"link,omitempty"`
	Notify     *int     `json:"notify,omitempty"`
}

func (t WelcomeTemplate) request(id string) (welcomeJSON, error) {
	least := 1
	var err error
	if t.Link != nil {
		least, err = 0, t.Link.check()
	}
	return welcomeJSON{TemplateID: id, Text: textJSON{t.Text}, Link: t.Link},
		errors.Join(checkBytes("text", t.Text, least, 3000), err)
}

// AddWelcomeTemplate adds t to the library, which holds at most 100 (41055), and
// returns its template_id (D:92366).
func (c *Client) AddWelcomeTemplate(ctx context.Context, t WelcomeTemplate) (string, error) {
	in, err := t.request("")
	if err != nil {
		return "", err
	}
	notify := 0
	if t.NotifyOwners {
		notify = 1
	}
	in.Notify = &notify
	var out struct {
		TemplateID string `json:"template_id"`
	}
	err = c.post(ctx, "/cgi-bin/externalcontact/group_welcome_template/add", in, &out)
	return out.TemplateID, err
}

// EditWelcomeTemplate replaces a template of this app (D:92366).
func (c *Client) EditWelcomeTemplate(ctx context.Context, id string, t WelcomeTemplate) error {
	in, err := t.request(id)
	if err != nil {
		return err
	}
	return c.post(ctx, "/cgi-bin/externalcontact/group_welcome_template/edit", in, nil)
}

type templateID struct {
	TemplateID string `json:"template_id"`
}

// WelcomeTemplate reads a template (D:92366).
func (c *Client) WelcomeTemplate(ctx context.Context, id string) (WelcomeTemplate, error) {
	var out welcomeJSON
	err := c.post(ctx, "/cgi-bin/externalcontact/group_welcome_template/get", templateID{id}, &out)
	return WelcomeTemplate{Text: out.Text.Content, Link: out.Link}, err
}

// DeleteWelcomeTemplate removes a template (D:92366).
func (c *Client) DeleteWelcomeTemplate(ctx context.Context, id string) error {
	return c.post(ctx, "/cgi-bin/externalcontact/group_welcome_template/del", templateID{id}, nil)
}
