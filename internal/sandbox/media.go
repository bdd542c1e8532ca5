package sandbox

import (
	"bytes"
	"crypto/md5"
	"encoding/hex"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"math/rand/v2"
	"strconv"
	"strings"
)

// mediaKinds maps the msgtypes that carry a file to the kind of file.
var mediaKinds = map[string]string{
	"image": "image", "emotion": "emotion", "voice": "voice", "video": "video", "file": "file",
	"voip_doc_share": "file", "meeting_voice_call": "voice",
}

// mediaSizes are the sizes of made-up files; a video needs several slices.
var mediaSizes = map[string]int{"voice": 9_000, "video": 1_200_000, "file": 70_000}

// sizeFields are the names under which each type tells its size (D:91774).
var sizeFields = map[string]string{
	"image": "filesize", "emotion": "imagesize", "voice": "voice_size", "video": "filesize", "file": "filesize",
}

// mediaVariants is how many different files of a kind there are.
const mediaVariants = 16

// mediaLibrary describes the files that archived messages point to. A file's
// content follows from its id, so that nothing is stored but descriptions.
type mediaLibrary struct {
	known map[string]fileInfo // by sdkfileid
}

type fileInfo struct {
	md5  string
	size int
}

func newMediaLibrary() *mediaLibrary { return &mediaLibrary{known: map[string]fileInfo{}} }

// fields returns sdkfileid, md5sum and size of the n-th file of a kind.
func (l *mediaLibrary) fields(kind string, n int) map[string]any {
	id := fmt.Sprintf("sandbox-%s-%d", kind, n%mediaVariants)
	info, ok := l.known[id]
	if !ok {
		content, _ := mediaContent(id)
		sum := md5.Sum(content)
		info = fileInfo{md5: hex.EncodeToString(sum[:]), size: len(content)}
		l.known[id] = info
	}
	return map[string]any{"sdkfileid": id, "md5sum": info.md5, sizeFields[kind]: info.size}
}

// mediaContent returns the file of an id that fields gave out.
func mediaContent(id string) ([]byte, bool) {
	rest, ok := strings.CutPrefix(id, "sandbox-")
	kind, number, ok2 := strings.Cut(rest, "-")
	n, err := strconv.Atoi(number)
	if !ok || !ok2 || err != nil || n < 0 || n >= mediaVariants {
		return nil, false
	}
	switch kind {
	case "image", "emotion":
		return picture(n), true
	case "voice", "video", "file":
		out := make([]byte, mediaSizes[kind])
		var seed [32]byte
		copy(seed[:], id)
		_, _ = rand.NewChaCha8(seed).Read(out) // never fails
		return out, true
	default:
		return nil, false
	}
}

// picture is a small PNG of stripes in a colour of its own.
func picture(n int) []byte {
	img := image.NewRGBA(image.Rect(0, 0, 240, 160))
	for y := range 160 {
		for x := range 240 {
			shade := uint8((x/20+y/20)%2) * 40
			img.Set(x, y, color.RGBA{R: uint8(n*13) + shade, G: uint8(200 - n*11), B: uint8(90+n*7) + shade, A: 255})
		}
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, img); err != nil {
		panic(err) // a buffer takes everything
	}
	return buf.Bytes()
}
