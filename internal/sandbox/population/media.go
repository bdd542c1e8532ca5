package population

import (
	"math/rand/v2"
	"strings"

	"github.com/qunzhu/qunzhu/internal/sandbox/world"
)

// The bodies below carry the fields that the archive's plaintext has for each
// type (D:91774).

func sticker(dice *rand.Rand) world.Message {
	return world.Message{Type: "emotion", Raw: map[string]any{
		"type": 1, "width": 240, "height": 240, "imagesize": 20_000 + dice.IntN(300_000), "md5sum": md5(dice), "sdkfileid": fileID(dice),
	}}
}

func picture(dice *rand.Rand) world.Message {
	return world.Message{Type: "image", Raw: map[string]any{
		"md5sum": md5(dice), "filesize": 60_000 + dice.IntN(2_000_000), "sdkfileid": fileID(dice),
	}}
}

func voiceNote(dice *rand.Rand) world.Message {
	length := 2 + dice.IntN(40)
	return world.Message{Type: "voice", Raw: map[string]any{
		"md5sum": md5(dice), "voice_size": length * 1600, "play_length": length, "sdkfileid": fileID(dice),
	}}
}

func link(title, description string, dice *rand.Rand) world.Message {
	return world.Message{Type: "link", Raw: map[string]any{
		"title": title, "description": description,
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

func fileID(dice *rand.Rand) string { return "SB" + token(dice, 40) }

// media is what somebody shows together with some words: mostly a picture, an
// article when the words speak of one.
func (p *Population) media(said string, dice *rand.Rand) world.Message {
	switch r := dice.Float64(); {
	case strings.Contains(said, "文章") || strings.Contains(said, "这篇"):
		return link(p.bank.line("article", dice), "", dice)
	case r < 0.12:
		return voiceNote(dice)
	default:
		return picture(dice)
	}
}
