package app

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/qunzhu/qunzhu/internal/web/webtest"
)

// TestPicturesOfADemo takes the pictures of the documents from a running demo:
// QUNZHU_PICTURES_OF holds the JSON line that the demo printed, QUNZHU_PICTURES
// the folder. make screenshots calls it; without them there is nothing to test.
func TestPicturesOfADemo(t *testing.T) {
	dir := os.Getenv("QUNZHU_PICTURES")
	if dir == "" {
		t.Skip("QUNZHU_PICTURES is not set: no pictures were asked for")
	}
	var of struct{ URL, Login, Password string }
	if err := json.Unmarshal([]byte(os.Getenv("QUNZHU_PICTURES_OF")), &of); err != nil {
		t.Fatalf("QUNZHU_PICTURES_OF: %v", err)
	}
	b := webtest.Open(t, webtest.Light)
	b.Login(of.URL, of.Login, of.Password)
	pages := os.Getenv("QUNZHU_PICTURES_PAGES")
	if pages == "" {
		pages = "workbench=/?lang=zh-CN workbench.en=/?lang=en"
	}
	for _, p := range strings.Fields(pages) {
		name, path, _ := strings.Cut(p, "=")
		b.Visit(of.URL+path, 1280, 900)
		b.Screenshot(filepath.Join(dir, name+".png"))
		b.Visit(of.URL+path, 390, 844)
		b.Screenshot(filepath.Join(dir, name+".phone.png"))
	}
}
