package population

import (
	"math/rand/v2"
	"strings"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// The bodies below carry the fields that the archive's plaintext has for each
// type (D:91774), but for a file's id, checksum and size: those the platform
// gives when a file is sent.

func sticker() world.Message {
	return world.Message{Type: "emotion", Raw: map[string]any{"type": 1, "width": 240, "height": 240}}
}

func picture() world.Message {
	return world.Message{Type: "image", Raw: map[string]any{}}
}

func voiceNote(dice *rand.Rand) world.Message {
	return world.Message{Type: "voice", Raw: map[string]any{"play_length": 2 + dice.IntN(40)}}
}

func link(title string, dice *rand.Rand) world.Message {
	return world.Message{Type: "link", Raw: map[string]any{
		"title": title, "description": "",
		"link_url": "https://mp.weixin.qq.com/s/" + token(dice, 22), "image_url": "",
	}}
}

func redPacket(wish string, dice *rand.Rand) world.Message {
	return world.Message{Type: "external_redpacket", Raw: map[string]any{
		"type": 2, "wish": wish, "totalcnt": 5 + dice.IntN(16), "totalamount": 500 + 100*dice.IntN(16),
	}}
}

func location(address, title string, dice *rand.Rand) world.Message {
	return world.Message{Type: "location", Raw: map[string]any{
		"longitude": 120 + dice.Float64(), "latitude": 30 + dice.Float64(), "address": address, "title": title, "zoom": 15,
	}}
}

// media is what somebody shows together with some words: mostly a picture, an
// article when the words speak of one.
func (p *Population) media(said string, dice *rand.Rand) world.Message {
	switch r := dice.Float64(); {
	case strings.Contains(said, "文章") || strings.Contains(said, "这篇"):
		return link(p.bank.line("article", dice), dice)
	case r < 0.12:
		return voiceNote(dice)
	default:
		return picture()
	}
}
