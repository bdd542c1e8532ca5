package wecom

import "encoding/json"

// bodyKind says how a msgtype carries its body.
type bodyKind struct {
	key  string // the member of the message that holds the body
	flat bool   // fields also stand in the message itself
	make func() any
}

func kindOf[T any](key string) bodyKind {
	return bodyKind{key: key, make: func() any { return new(T) }}
}

func flatKindOf[T any](key string) bodyKind {
	k := kindOf[T](key)
	k.flat = true
	return k
}

// bodyKinds is the table of message types (D:91774).
var bodyKinds = map[string]bodyKind{
	"text":               kindOf[ArchivedText]("text"),
	"markdown":           kindOf[ArchivedText]("info"),
	"image":              kindOf[ArchivedFile]("image"),
	"voice":              kindOf[ArchivedFile]("voice"),
	"video":              kindOf[ArchivedFile]("video"),
	"emotion":            kindOf[ArchivedFile]("emotion"),
	"file":               kindOf[ArchivedFile]("file"),
	"voip_doc_share":     flatKindOf[ArchivedFile]("voip_doc_share"),
	"revoke":             kindOf[ArchivedRevoke]("revoke"),
	"agree":              kindOf[ArchivedConsent]("agree"),
	"disagree":           kindOf[ArchivedConsent]("disagree"),
	"card":               kindOf[ArchivedCard]("card"),
	"location":           kindOf[ArchivedLocation]("location"),
	"link":               kindOf[ArchivedLink]("link"),
	"docmsg":             kindOf[ArchivedLink]("doc"),
	"weapp":              kindOf[ArchivedMiniProgram]("weapp"),
	"chatrecord":         kindOf[ArchivedCollection]("chatrecord"),
	"mixed":              kindOf[ArchivedCollection]("mixed"),
	"todo":               kindOf[ArchivedTodo]("todo"),
	"vote":               flatKindOf[ArchivedVote]("vote"),
	"collect":            kindOf[ArchivedForm]("collect"),
	"redpacket":          kindOf[ArchivedRedPacket]("redpacket"),
	"external_redpacket": kindOf[ArchivedRedPacket]("redpacket"),
	"meeting":            kindOf[ArchivedMeeting]("meeting"),
	"calendar":           kindOf[ArchivedCalendar]("calendar"),
	"news":               kindOf[ArchivedNews]("info"),
	"meeting_voice_call": flatKindOf[ArchivedCall]("meeting_voice_call"),
	"sphfeed":            kindOf[ArchivedFeed]("sphfeed"),
}

// ArchivedText is a text or markdown message.
type ArchivedText struct {
	Content string `json:"content"`
}

func (b *ArchivedText) words() string { return b.Content }

// ArchivedFile is an image, voice, video, emotion, file or shared document.
type ArchivedFile struct {
	FileID    string `json:"sdkfileid"` // for ArchiveSource.Media
	MD5       string `json:"md5sum"`
	FileSize  int64  `json:"filesize"`
	VoiceSize int64  `json:"voice_size"`
	ImageSize int64  `json:"imagesize"`
	Seconds   int64  `json:"play_length"`
	Name      string `json:"filename"`
	Extension string `json:"fileext"`
	Width     int    `json:"width"`
	Height    int    `json:"height"`
	CallID    string `json:"voipid"`
}

func (b *ArchivedFile) words() string { return b.Name }

// Size returns the size in bytes, which each type names differently.
func (b *ArchivedFile) Size() int64 { return max(b.FileSize, b.VoiceSize, b.ImageSize) }

// ArchivedRevoke takes back an earlier message.
type ArchivedRevoke struct {
	PreMsgID string `json:"pre_msgid"`
}

// ArchivedConsent is an external contact's answer to being archived.
type ArchivedConsent struct {
	UserID     string    `json:"userid"`
	AgreedAt   Timestamp `json:"agree_time"`
	DeclinedAt Timestamp `json:"disagree_time"`
}

// ArchivedCard is somebody's business card.
type ArchivedCard struct {
	CorpName string `json:"corpname"`
	UserID   string `json:"userid"`
}

// ArchivedLocation is a place.
type ArchivedLocation struct {
	Longitude float64 `json:"longitude"`
	Latitude  float64 `json:"latitude"`
	Address   string  `json:"address"`
	Title     string  `json:"title"`
	Zoom      float64 `json:"zoom"`
}

func (b *ArchivedLocation) words() string { return lines(b.Title, b.Address) }

// ArchivedLink is a link card or an online document.
type ArchivedLink struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	URL         string `json:"link_url"`
	ImageURL    string `json:"image_url"`
	Creator     string `json:"doc_creator"`
}

func (b *ArchivedLink) words() string { return lines(b.Title, b.Description, b.URL) }

// ArchivedMiniProgram is a mini-program card.
type ArchivedMiniProgram struct {
	Title       string `json:"title"`
	Description string `json:"description"`
	Username    string `json:"username"`
	DisplayName string `json:"displayname"`
}

func (b *ArchivedMiniProgram) words() string { return lines(b.Title, b.Description) }

// ArchivedCollection is a forwarded chat record or a message of mixed parts.
type ArchivedCollection struct {
	Title string         `json:"title"`
	Items []ArchivedItem `json:"item"`
}

func (b *ArchivedCollection) words() string {
	parts := []string{b.Title}
	for _, item := range b.Items {
		if w, ok := item.Body.(worded); ok {
			parts = append(parts, w.words())
		}
	}
	return lines(parts...)
}

// ArchivedItem is one message of a collection.
type ArchivedItem struct {
	Type         string
	At           Timestamp
	FromChatroom bool
	Body         any    // as ArchiveMessage.Body
	Raw          string // the JSON when Body is nil

	content embeddedJSON
}

// ArchivedTodo is a to-do.
type ArchivedTodo struct {
	Title   string `json:"title"`
	Content string `json:"content"`
}

func (b *ArchivedTodo) words() string { return lines(b.Title, b.Content) }

// ArchivedVote is a vote: Type 101 asks, 102 answers.
type ArchivedVote struct {
	ID      string   `json:"voteid"`
	Title   string   `json:"votetitle"`
	Options []string `json:"voteitem"`
	Type    int      `json:"votetype"`
}

func (b *ArchivedVote) words() string { return lines(append([]string{b.Title}, b.Options...)...) }

// ArchivedForm is a form to fill in.
type ArchivedForm struct {
	RoomName   string `json:"room_name"`
	Creator    string `json:"creator"`
	CreateTime string `json:"create_time"` // as the platform writes it
	Title      string `json:"title"`
	Questions  []struct {
		ID   int64  `json:"id"`
		Text string `json:"ques"`
		Type string `json:"type"`
	} `json:"details"`
}

func (b *ArchivedForm) words() string {
	parts := []string{b.Title}
	for _, q := range b.Questions {
		parts = append(parts, q.Text)
	}
	return lines(parts...)
}

// ArchivedRedPacket is a red packet: Type 1 ordinary, 2 lucky, 3 incentive.
type ArchivedRedPacket struct {
	Type  int    `json:"type"`
	Wish  string `json:"wish"`
	Count int64  `json:"totalcnt"`
	Total int64  `json:"totalamount"` // fen
}

func (b *ArchivedRedPacket) words() string { return b.Wish }

// ArchivedMeeting is an invitation to a meeting (Type 101) or an answer (102).
type ArchivedMeeting struct {
	ID       int64     `json:"meetingid"`
	Type     int       `json:"meetingtype"`
	Status   int       `json:"status"`
	Topic    string    `json:"topic"`
	Address  string    `json:"address"`
	Remarks  string    `json:"remarks"`
	StartsAt Timestamp `json:"starttime"`
	EndsAt   Timestamp `json:"endtime"`
}

func (b *ArchivedMeeting) words() string { return lines(b.Topic, b.Address, b.Remarks) }

// ArchivedCalendar is an invitation to an appointment.
type ArchivedCalendar struct {
	Title     string    `json:"title"`
	Creator   string    `json:"creatorname"`
	Attendees []string  `json:"attendeename"`
	Place     string    `json:"place"`
	Remarks   string    `json:"remarks"`
	StartsAt  Timestamp `json:"starttime"`
	EndsAt    Timestamp `json:"endtime"`
}

func (b *ArchivedCalendar) words() string { return lines(b.Title, b.Place, b.Remarks) }

// ArchivedNews is a list of articles.
type ArchivedNews struct {
	Articles []struct {
		Title       string `json:"title"`
		Description string `json:"description"`
		URL         string `json:"url"`
		PictureURL  string `json:"picurl"`
	} `json:"item"`
}

func (b *ArchivedNews) words() string {
	var parts []string
	for _, a := range b.Articles {
		parts = append(parts, a.Title, a.Description, a.URL)
	}
	return lines(parts...)
}

// ArchivedCall is the recording of a voice call.
type ArchivedCall struct {
	ID     string    `json:"voiceid"`
	EndsAt Timestamp `json:"endtime"`
	FileID string    `json:"sdkfileid"`
}

// ArchivedFeed is a post of a video channel (视频号).
type ArchivedFeed struct {
	Type        int    `json:"feed_type"`
	Author      string `json:"sph_name"`
	Description string `json:"feed_desc"`
}

func (b *ArchivedFeed) words() string { return lines(b.Author, b.Description) }

// UnmarshalJSON reads an item, whose content may be an object or a string that
// holds one.
func (i *ArchivedItem) UnmarshalJSON(b []byte) error {
	var in struct {
		Type         string       `json:"type"`
		MsgTime      Timestamp    `json:"msgtime"`
		FromChatroom bool         `json:"from_chatroom"`
		Content      embeddedJSON `json:"content"`
	}
	if err := json.Unmarshal(b, &in); err != nil {
		return err
	}
	*i = ArchivedItem{Type: in.Type, At: in.MsgTime, FromChatroom: in.FromChatroom, content: in.Content}
	return nil
}
