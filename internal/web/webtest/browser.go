package webtest

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/chromedp/chromedp"

	"github.com/qunzhu/qunzhu/internal/web"
)

// Browser is a headless chromium of the test.
type Browser struct {
	ctx context.Context
	t   testing.TB

	mu       sync.Mutex
	messages []string
}

// Theme is the colour scheme that a Browser prefers.
type Theme string

// The themes.
const (
	Light Theme = "light"
	Dark  Theme = "dark"
)

// pageTime bounds one step in the browser; it is long because tests share few cores.
const pageTime = 60 * time.Second

// Open starts the chromium that QUNZHU_TEST_CHROMIUM names. Without it the test
// is skipped, except where CI is "true": there it fails.
func Open(t testing.TB, theme Theme) *Browser {
	t.Helper()
	path := os.Getenv("QUNZHU_TEST_CHROMIUM")
	if path == "" {
		if os.Getenv("CI") == "true" {
			t.Fatal("QUNZHU_TEST_CHROMIUM is not set: name the chromium binary")
		}
		t.Skip("QUNZHU_TEST_CHROMIUM is not set")
	}
	opts := append(chromedp.DefaultExecAllocatorOptions[:],
		chromedp.ExecPath(path), chromedp.NoSandbox, chromedp.DisableGPU,
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("hide-scrollbars", true))
	if theme == Dark {
		opts = append(opts, chromedp.Flag("blink-settings", "preferredColorScheme=0"))
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, cancel := chromedp.NewContext(alloc)
	t.Cleanup(cancel)
	b := &Browser{ctx: ctx, t: t}
	if err := chromedp.Do(ctx); err != nil { // starts the browser, without a time limit
		t.Fatalf("start %s: %v", path, err)
	}
	go b.listen()
	return b
}

// listen collects errors of scripts and of the content policy.
func (b *Browser) listen() {
	for m, err := range chromedp.Console(b.ctx) {
		if err != nil {
			return
		}
		if m.Type == chromedp.ConsoleError || m.IsException() {
			b.mu.Lock()
			b.messages = append(b.messages, m.String())
			b.mu.Unlock()
		}
	}
}

// Errors are the console's errors so far: exceptions, refused inline styles.
func (b *Browser) Errors() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return append([]string(nil), b.messages...)
}

// Visit opens url in a window of w × h.
func (b *Browser) Visit(url string, w, h int) {
	b.t.Helper()
	b.do(fmt.Sprintf("open %s", url), chromedp.EmulateViewport(int64(w), int64(h)), chromedp.Navigate(url))
}

// Login signs in through the form of the sign-in page at base.
func (b *Browser) Login(base, login, password string) {
	b.t.Helper()
	b.Visit(base+web.LoginPath, 1280, 900)
	fill := fmt.Sprintf(`(() => { const f = document.querySelector("input[name=login]").form;
		f.elements.login.value = %s; f.elements.password.value = %s; f.requestSubmit(); })()`, quote(login), quote(password))
	b.Run(fill)
	deadline := time.Now().Add(pageTime)
	for b.Eval("location.pathname") == web.LoginPath {
		if time.Now().After(deadline) {
			b.t.Fatalf("sign in as %s: still on the sign-in page", login)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// Run executes JavaScript in the page.
func (b *Browser) Run(script string) {
	b.t.Helper()
	b.do("run a script", chromedp.Evaluate[chromedp.Void](script))
}

// Eval is the value of a JavaScript expression, as a string.
func (b *Browser) Eval(expression string) string {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, pageTime)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[string]("String("+expression+")"))
	if err != nil {
		b.t.Fatalf("evaluate %s: %v", expression, err)
	}
	return v
}

// Sideways is by how many pixels the page is wider than its window.
func (b *Browser) Sideways() string {
	b.t.Helper()
	return b.Eval("Math.max(0, document.documentElement.scrollWidth - window.innerWidth)")
}

// Screenshot writes the whole page as PNG into file.
func (b *Browser) Screenshot(file string) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, pageTime)
	defer cancel()
	png, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
	if err != nil {
		b.t.Fatalf("take a screenshot: %v", err)
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		b.t.Fatal(err)
	}
	if err := os.WriteFile(file, png, 0o644); err != nil {
		b.t.Fatal(err)
	}
}

func (b *Browser) do(what string, steps ...chromedp.Action[chromedp.Void]) {
	b.t.Helper()
	ctx, cancel := context.WithTimeout(b.ctx, pageTime)
	defer cancel()
	if err := chromedp.Do(ctx, steps...); err != nil {
		b.t.Fatalf("%s: %v", what, err)
	}
}

// Screenshot opens url in a new browser and writes the whole page into file.
func Screenshot(t testing.TB, url string, w, h int, file string) {
	t.Helper()
	b := Open(t, Light)
	b.Visit(url, w, h)
	b.Screenshot(file)
}

func quote(s string) string {
	text, _ := json.Marshal(s) // a string always has a JSON form
	return string(text)
}
