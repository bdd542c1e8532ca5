// Package webtest starts pages for tests and reads them as a browser would.
package webtest

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"github.com/PuerkitoBio/goquery"

	"github.com/qunzhu/qunzhu/internal/web"
)

// As is a web.Sessions in which everybody is this operator, for tests of pages
// without sign-in.
type As web.Actor

// Actor implements web.Sessions.
func (a As) Actor(*http.Request) (web.Actor, error) { return web.Actor(a), nil }

// Owner is an operator who may do everything.
func Owner() As {
	return As{ID: "01OWNER", Name: "李敏", Login: "limin", Can: func(string, string) bool { return true },
		Scope: func(string) web.Scope { return web.Everywhere{} }}
}

// Site is a running server and a browser's cookies.
type Site struct {
	URL    string
	Client *http.Client
	t      testing.TB
}

// Start serves h until the test ends. Redirects are not followed.
func Start(t testing.TB, h http.Handler) *Site {
	t.Helper()
	srv := httptest.NewServer(h)
	t.Cleanup(func() {
		srv.CloseClientConnections() // live streams would hold Close
		srv.Close()
	})
	return Visit(t, srv.URL)
}

// Visit is a new browser at a server that runs already.
func Visit(t testing.TB, base string) *Site {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &Site{URL: base, t: t, Client: &http.Client{
		Jar:           jar,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Response is an answer whose body was read.
type Response struct {
	*http.Response
	Text string
}

// Doc parses the body as HTML.
func (r Response) Doc(t testing.TB) *goquery.Document {
	t.Helper()
	doc, err := goquery.NewDocumentFromReader(strings.NewReader(r.Text))
	if err != nil {
		t.Fatal(err)
	}
	return doc
}

// Do sends a request to path; header is name, value, name, value…
func (s *Site) Do(method, path, body string, header ...string) Response {
	s.t.Helper()
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, strings.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := s.Client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	return Response{res, string(text)}
}

// Get opens a page.
func (s *Site) Get(path string, header ...string) Response {
	s.t.Helper()
	return s.Do(http.MethodGet, path, "", header...)
}

// Post sends a form as the site's own pages do.
func (s *Site) Post(path string, form url.Values, header ...string) Response {
	s.t.Helper()
	header = append([]string{
		"Content-Type", "application/x-www-form-urlencoded", "Origin", s.URL, "Sec-Fetch-Site", "same-origin",
	}, header...)
	return s.Do(http.MethodPost, path, form.Encode(), header...)
}

// Login signs in with the fields login and password and fails the test unless
// the answer leads away from the sign-in page.
func (s *Site) Login(login, password string) {
	s.t.Helper()
	res := s.Post(web.LoginPath, url.Values{"login": {login}, "password": {password}})
	if to := res.Header.Get("Location"); res.StatusCode != http.StatusSeeOther || strings.HasPrefix(to, web.LoginPath) {
		s.t.Fatalf("sign in as %s: status %d, to %q\n%s", login, res.StatusCode, to, res.Text)
	}
}

// Page opens a page that must be there, and parses it.
func (s *Site) Page(path string, header ...string) *goquery.Document {
	s.t.Helper()
	res := s.Get(path, header...)
	if res.StatusCode != http.StatusOK {
		s.t.Fatalf("GET %s: status %d\n%s", path, res.StatusCode, res.Text)
	}
	return res.Doc(s.t)
}
