package web_test

import (
	"bufio"
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/qunzhu/qunzhu/internal/web"
	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// follow opens a stream and sends its lines until it ends.
func follow(t *testing.T, site *webtest.Site, topics string) (lines chan string, stop func()) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, site.URL+"/live?topics="+topics, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Accept-Encoding", "gzip")
	res, err := site.Client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("Content-Encoding") != "" {
		t.Fatalf("stream: %d %v", res.StatusCode, res.Header)
	}
	lines = make(chan string, 64)
	go func() {
		defer close(lines)
		defer func() { _ = res.Body.Close() }()
		for scan := bufio.NewScanner(res.Body); scan.Scan(); {
			lines <- scan.Text()
		}
	}()
	return lines, cancel
}

// await reads lines until want comes.
func await(t *testing.T, lines chan string, want string) {
	t.Helper()
	limit := time.After(5 * time.Second)
	for {
		select {
		case line, open := <-lines:
			if line == want {
				return
			}
			if !open {
				t.Fatalf("the stream ended before %q", want)
			}
		case <-limit:
			t.Fatalf("%q did not come", want)
		}
	}
}

func TestLive(t *testing.T) {
	live := web.NewLive()
	site := console(t, func(o *web.Options) { o.Live = live })
	lines, _ := follow(t, site, "tasks,inbox")
	await(t, lines, "retry: 3000") // subscribed
	live.Publish("other")
	live.Publish("inbox")
	await(t, lines, "event: inbox")
	await(t, lines, "data: changed")
	live.Publish("tasks")
	await(t, lines, "event: tasks")
	live.Close()
	for line := range lines {
		if strings.Contains(line, "other") {
			t.Errorf("a topic that was not asked for: %q", line)
		}
	}
	live.Close() // again does nothing
}

func TestLiveRefuses(t *testing.T) {
	site := console(t, nil)
	for _, topics := range []string{"", "a,,b", "a%0Adata:x", strings.Repeat("a,", 20) + "a", strings.Repeat("x", 61)} {
		if res := site.Get("/live?topics=" + topics); res.StatusCode != http.StatusUnprocessableEntity {
			t.Errorf("topics %q: status %d", topics, res.StatusCode)
		}
	}
}

func TestLiveConnectionsAreLimited(t *testing.T) {
	site := console(t, nil)
	var stops []func()
	for range 12 {
		lines, stop := follow(t, site, "tasks")
		await(t, lines, "retry: 3000")
		stops = append(stops, stop)
	}
	if res := site.Get("/live?topics=tasks"); res.StatusCode != http.StatusTooManyRequests {
		t.Errorf("the thirteenth stream of one operator: status %d", res.StatusCode)
	}
	stops[0]()
	deadline := time.Now().Add(5 * time.Second)
	for { // the server learns a little later that the client went away
		ctx, cancel := context.WithCancel(context.Background())
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, site.URL+"/live?topics=tasks", nil)
		if err != nil {
			t.Fatal(err)
		}
		res, err := site.Client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		status := res.StatusCode
		cancel()
		_ = res.Body.Close()
		if status == http.StatusOK {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("a closed stream still counts: status %d", status)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
