package sandbox

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"io"
	"net/http"
	"strconv"
	"time"
)

//go:embed index.html
var indexHTML string

var indexPage = template.Must(template.New("index").Parse(indexHTML))

func (s *Server) routeControl(mux *http.ServeMux) {
	mux.HandleFunc("GET /sandbox/{$}", s.controlIndex)
	mux.HandleFunc("GET /sandbox/qr/{config}", s.controlCode)
	for route, handle := range map[string]func(*http.Request) (any, error){
		"GET /sandbox/state":                   s.controlState,
		"POST /sandbox/flush":                  s.controlFlush,
		"POST /sandbox/do":                     s.controlDo,
		"GET /sandbox/groups/{chat}":           s.controlGroup,
		"GET /sandbox/phone/{userid}":          s.controlPhone,
		"POST /sandbox/phone/{userid}/confirm": s.controlConfirm,
		"PUT /sandbox/callback":                s.controlCallback,
		"GET /sandbox/faults":                  s.controlFaults,
		"PUT /sandbox/faults":                  s.controlSetFaults,
		"POST /sandbox/tokens/expire":          s.controlExpire,
		"POST /sandbox/oauth":                  s.controlOAuth,
	} {
		mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
			out, err := handle(r)
			if err != nil {
				writeJSON(w, controlStatus(err), map[string]string{"error": err.Error()})
				return
			}
			writeJSON(w, http.StatusOK, out)
		})
	}
}

// controlStatus is 404 for what doesn't exist and 400 for the rest.
func controlStatus(err error) int {
	for _, missing := range []error{ErrNoGroup, ErrNoPerson, ErrNoJoinWay, ErrNoMessage, ErrNoTask} {
		if errors.Is(err, missing) {
			return http.StatusNotFound
		}
	}
	return http.StatusBadRequest
}

// decodeControl reads a JSON body strictly: a driver's typing error must not
// pass for an action.
func decodeControl(r *http.Request, v any) error {
	dec := json.NewDecoder(io.LimitReader(r.Body, maxBody))
	dec.DisallowUnknownFields()
	if err := dec.Decode(v); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	return nil
}

// State is the sandbox at a glance.
type State struct {
	Now      time.Time     `json:"now"`
	CorpID   string        `json:"corp_id"`
	Staff    int           `json:"staff"`
	Contacts int           `json:"contacts"`
	Groups   int           `json:"groups"`
	Members  int           `json:"members"`
	Archive  ArchiveState  `json:"archive"`
	Queue    int           `json:"queue"` // events that wait
	Delivery DeliveryStats `json:"delivery"`
	Callback string        `json:"callback"`
	Faults   Faults        `json:"faults"`
}

// ArchiveState tells how far the archive has grown.
type ArchiveState struct {
	LastSeq     uint64 `json:"last_seq"`
	KeyVersions int    `json:"key_versions"`
}

// State returns the sandbox at a glance.
func (s *Server) State() State {
	st := State{Queue: s.world.events.length(), Delivery: s.DeliveryStats(), Faults: s.Faults()}
	s.delivery.mu.Lock()
	if s.delivery.target != nil {
		st.Callback = s.delivery.target.URL
	}
	s.delivery.mu.Unlock()
	w := s.world
	w.mu.Lock()
	defer w.mu.Unlock()
	st.Now, st.CorpID = w.clock.Now(), w.cfg.CorpID
	st.Staff, st.Contacts, st.Groups = len(w.employees()), len(w.contacts), len(w.groups)
	for _, g := range w.groups {
		st.Members += len(g.members)
	}
	st.Archive = ArchiveState{LastSeq: w.archive.seq, KeyVersions: len(w.archive.keys)}
	return st
}

func (s *Server) controlState(*http.Request) (any, error) { return s.State(), nil }

func (s *Server) controlFlush(r *http.Request) (any, error) {
	if err := s.Flush(r.Context()); err != nil {
		return nil, err
	}
	return s.State(), nil
}

func (s *Server) controlGroup(r *http.Request) (any, error) {
	v, ok := s.world.Group(r.PathValue("chat"))
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrNoGroup, r.PathValue("chat"))
	}
	return v, nil
}

// phone is what a staff member sees on theirs.
type phone struct {
	UserID   string         `json:"userid"`
	Messages []phoneMessage `json:"messages"`
	Mass     []phoneMass    `json:"mass_tasks"`
}

type phoneMessage struct {
	Seq         int       `json:"seq"`
	Time        time.Time `json:"time"`
	MsgType     string    `json:"msgtype"`
	Title       string    `json:"title,omitempty"`
	Description string    `json:"description,omitempty"`
	URL         string    `json:"url,omitempty"`
	Text        string    `json:"text,omitempty"`
}

type phoneMass struct {
	MsgID     string    `json:"msgid"`
	Created   time.Time `json:"created"`
	Text      string    `json:"text"`
	Targets   []string  `json:"targets"`
	Confirmed bool      `json:"confirmed"`
}

func (s *Server) controlPhone(r *http.Request) (any, error) {
	p, err := s.phone(r.PathValue("userid"), r.URL.Query().Get("after"))
	return p, err
}

func (s *Server) phone(userID, after string) (phone, error) {
	if !s.world.HasStaff(userID) {
		return phone{}, fmt.Errorf("%w: staff %q", ErrNoPerson, userID)
	}
	seq := 0
	if after != "" {
		var err error
		if seq, err = strconv.Atoi(after); err != nil {
			return phone{}, fmt.Errorf("after is %q, expected the seq of a message", after)
		}
	}
	p := phone{UserID: userID, Messages: []phoneMessage{}, Mass: []phoneMass{}}
	for _, m := range s.world.AppMessages(userID, seq) {
		p.Messages = append(p.Messages, phoneMessage(m))
	}
	for _, t := range s.world.MassTasks(userID) {
		p.Mass = append(p.Mass, phoneMass(t))
	}
	return p, nil
}

func (s *Server) controlConfirm(r *http.Request) (any, error) {
	var in struct {
		MsgID string `json:"msgid"`
	}
	if err := decodeControl(r, &in); err != nil {
		return nil, err
	}
	if err := s.world.ConfirmMass(in.MsgID, r.PathValue("userid")); err != nil {
		return nil, err
	}
	return reply{"confirmed": in.MsgID}, nil
}

func (s *Server) controlCallback(r *http.Request) (any, error) {
	var cb Callback
	if err := decodeControl(r, &cb); err != nil {
		return nil, err
	}
	if err := s.SetCallback(r.Context(), cb); err != nil {
		return nil, err
	}
	return reply{"url": cb.URL}, nil
}

func (s *Server) controlFaults(*http.Request) (any, error) { return s.Faults(), nil }

func (s *Server) controlSetFaults(r *http.Request) (any, error) {
	var f Faults
	if err := decodeControl(r, &f); err != nil {
		return nil, err
	}
	if err := s.SetFaults(f); err != nil {
		return nil, err
	}
	return s.Faults(), nil
}

func (s *Server) controlExpire(*http.Request) (any, error) {
	s.ExpireTokens()
	return reply{"expired": true}, nil
}

func (s *Server) controlOAuth(r *http.Request) (any, error) {
	var in struct {
		ID string `json:"id"` // userid or external_userid
	}
	if err := decodeControl(r, &in); err != nil {
		return nil, err
	}
	return reply{"code": s.OAuthCode(in.ID)}, nil
}

// controlCode stands in for the picture of a QR code: it names what scanning
// the real one would do.
func (s *Server) controlCode(w http.ResponseWriter, r *http.Request) {
	id := r.PathValue("config")
	s.world.mu.Lock()
	way := s.world.joinWays[id]
	s.world.mu.Unlock()
	if way == nil {
		http.NotFound(w, r)
		return
	}
	w.Header().Set("Content-Type", "image/svg+xml; charset=utf-8")
	fmt.Fprintf(w, `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="240" font-family="sans-serif" text-anchor="middle">`+
		`<rect width="240" height="240" fill="#fff" stroke="#07c160" stroke-width="8"/>`+
		`<text x="120" y="110" font-size="18">沙箱入群码 sandbox code</text>`+
		`<text x="120" y="140" font-size="10">%s</text></svg>`, template.HTMLEscapeString(id))
}

func (s *Server) controlIndex(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	var phones []phone
	for _, id := range s.world.userIDs() {
		if p, err := s.phone(id, ""); err == nil {
			phones = append(phones, p)
		}
	}
	_ = indexPage.Execute(w, struct { // the browser is gone when this fails
		State  State
		Groups []GroupView
		Phones []phone
	}{s.State(), s.world.Groups(), phones})
}

func (w *World) userIDs() []string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var ids []string
	for _, e := range w.employees() {
		ids = append(ids, e.UserID)
	}
	return ids
}
