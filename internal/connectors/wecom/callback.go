package wecom

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
)

// MaxCallbackBytes is the largest callback body that is read.
const MaxCallbackBytes = 1 << 20

// maxXMLDepth is generous: the deepest documented callback nests three elements.
const maxXMLDepth = 16

// ErrCallbackTooLarge reports a body beyond MaxCallbackBytes.
var ErrCallbackTooLarge = fmt.Errorf("wecom: the callback body exceeds %d bytes", MaxCallbackBytes)

// Kinds of Callback.Event that this product understands (D:92130, D:95039).
const (
	EventExternalChat    = "change_external_chat"
	EventExternalContact = "change_external_contact"
	EventExternalTag     = "change_external_tag"
	EventContact         = "change_contact"
	EventArchiveNotify   = "msgaudit_notify"
	EventAcquisition     = "customer_acquisition"
)

// Values of Callback.ChangeType and, for an update, Callback.UpdateDetail of
// EventExternalChat (D:92130).
const (
	ChatCreated   = "create"
	ChatDismissed = "dismiss"
	ChatUpdated   = "update"

	DetailMemberAdded   = "add_member"
	DetailMemberRemoved = "del_member"
	DetailOwnerChanged  = "change_owner"
	DetailNameChanged   = "change_name"
	DetailNoticeChanged = "change_notice"
)

// Values of Callback.JoinScene and Callback.QuitScene. JoinScene here is not the
// join_scene of groupchat/get, which counts 1, 2, 3 (see GroupMember.JoinScene).
const (
	CallbackJoinInvited = 0 // by a member, directly or by link
	CallbackJoinScanned = 3
	QuitByHimself       = 0
	QuitRemoved         = 1
)

// OptInt is an integer element that may be absent, empty or not a number, which
// matters where 0 has a meaning of its own.
type OptInt struct {
	Value int64
	Set   bool
}

// UnmarshalText never fails: one strange element must not cost the whole event.
func (o *OptInt) UnmarshalText(text []byte) error {
	v, err := strconv.ParseInt(string(bytes.TrimSpace(text)), 10, 64)
	*o = OptInt{Value: v, Set: err == nil}
	if err != nil {
		o.Value = 0
	}
	return nil
}

// Callback is a decrypted callback of a self-built app. Every field but MsgType
// is optional: captured events carry elements that their kind does not document
// and lack others that it does.
type Callback struct {
	ToUserName   string    // the CorpID
	FromUserName string    // "sys" for events
	CreateTime   time.Time // second precision, UTC; zero when absent or no time
	MsgType      string
	Event        string
	EventKey     string
	ChangeType   string
	AgentID      string

	MsgID   string // messages to the app
	Content string

	UserID         string // change_external_contact, change_contact
	NewUserID      string
	ExternalUserID string
	State          string
	WelcomeCode    string
	Source         string
	FailReason     string

	ChatID       string // change_external_chat
	UpdateDetail string
	JoinScene    OptInt
	QuitScene    OptInt
	MemChangeCnt OptInt
	Members      []string // ids of MemChangeList, in order, without repetition
	LastMemVer   string
	CurMemVer    string

	ID         string // change_external_tag
	TagType    string
	StrategyID string

	LinkID string // customer_acquisition

	// SourceKey names this callback for deduplication: the SHA-256 of the
	// decrypted XML in hex. The documented FromUserName+CreateTime is the same
	// for two events of one second.
	SourceKey string
}

// ReadCallback reads a callback body of at most MaxCallbackBytes.
func ReadCallback(r io.Reader) ([]byte, error) {
	body, err := io.ReadAll(io.LimitReader(r, MaxCallbackBytes+1))
	if err != nil {
		return nil, fmt.Errorf("wecom: reading the callback body: %w", err)
	}
	if len(body) > MaxCallbackBytes {
		return nil, ErrCallbackTooLarge
	}
	return body, nil
}

// ParseEnvelope returns the Encrypt element of a POSTed callback body.
func ParseEnvelope(body []byte) (string, error) {
	var envelope struct {
		XMLName xml.Name `xml:"xml"`
		Encrypt string   `xml:"Encrypt"`
	}
	if err := decodeXML(body, &envelope); err != nil {
		return "", err
	}
	if envelope.Encrypt == "" {
		return "", errors.New("wecom: the callback body has no Encrypt element")
	}
	return envelope.Encrypt, nil
}

type callbackXML struct {
	XMLName        xml.Name `xml:"xml"`
	ToUserName     string   `xml:"ToUserName"`
	FromUserName   string   `xml:"FromUserName"`
	CreateTime     OptInt   `xml:"CreateTime"`
	MsgType        string   `xml:"MsgType"`
	Event          string   `xml:"Event"`
	EventKey       string   `xml:"EventKey"`
	ChangeType     string   `xml:"ChangeType"`
	AgentID        string   `xml:"AgentID"`
	MsgID          string   `xml:"MsgId"`
	Content        string   `xml:"Content"`
	UserID         string   `xml:"UserID"`
	NewUserID      string   `xml:"NewUserID"`
	ExternalUserID string   `xml:"ExternalUserID"`
	State          string   `xml:"State"`
	WelcomeCode    string   `xml:"WelcomeCode"`
	Source         string   `xml:"Source"`
	FailReason     string   `xml:"FailReason"`
	ChatID         string   `xml:"ChatId"`
	UpdateDetail   string   `xml:"UpdateDetail"`
	JoinScene      OptInt   `xml:"JoinScene"`
	QuitScene      OptInt   `xml:"QuitScene"`
	MemChangeCnt   OptInt   `xml:"MemChangeCnt"`
	MemChangeList  struct {
		Items []string `xml:"Item"`
		Text  string   `xml:",chardata"`
	} `xml:"MemChangeList"`
	LastMemVer string `xml:"LastMemVer"`
	CurMemVer  string `xml:"CurMemVer"`
	ID         string `xml:"Id"`
	TagType    string `xml:"TagType"`
	StrategyID string `xml:"StrategyId"`
	LinkID     string `xml:"LinkId"`
}

// ParseCallback reads the decrypted XML of a callback (D:92130, D:95039).
func ParseCallback(plain []byte) (Callback, error) {
	var x callbackXML
	if err := decodeXML(plain, &x); err != nil {
		return Callback{}, err
	}
	if x.MsgType == "" {
		return Callback{}, errors.New("wecom: the callback has no MsgType; third-party suite callbacks are not supported")
	}
	sum := sha256.Sum256(plain)
	c := Callback{
		ToUserName: x.ToUserName, FromUserName: x.FromUserName,
		MsgType: x.MsgType, Event: x.Event, EventKey: x.EventKey, ChangeType: x.ChangeType, AgentID: x.AgentID,
		MsgID: x.MsgID, Content: x.Content,
		UserID: x.UserID, NewUserID: x.NewUserID, ExternalUserID: x.ExternalUserID, State: x.State,
		WelcomeCode: x.WelcomeCode, Source: x.Source, FailReason: x.FailReason,
		ChatID: x.ChatID, UpdateDetail: x.UpdateDetail, JoinScene: x.JoinScene, QuitScene: x.QuitScene,
		MemChangeCnt: x.MemChangeCnt, Members: memberIDs(x.MemChangeList.Items, x.MemChangeList.Text),
		LastMemVer: x.LastMemVer, CurMemVer: x.CurMemVer,
		ID: x.ID, TagType: x.TagType, StrategyID: x.StrategyID, LinkID: x.LinkID,
		SourceKey: hex.EncodeToString(sum[:]),
	}
	c.CreateTime, _ = timeOf(x.CreateTime.Value)
	return c, nil
}

// memberIDs accepts both forms of MemChangeList: Item elements, and the older
// comma-separated text.
func memberIDs(items []string, text string) []string {
	var ids []string
	seen := map[string]bool{"": true}
	for _, raw := range append(items, strings.Split(text, ",")...) {
		if id := strings.TrimSpace(raw); !seen[id] {
			seen[id] = true
			ids = append(ids, id)
		}
	}
	return ids
}

// decodeXML decodes one document into v. encoding/xml resolves no external
// entity; directives (DOCTYPE) and deep nesting are refused all the same, as no
// honest callback has them.
func decodeXML(body []byte, v any) error {
	if len(body) > MaxCallbackBytes {
		return ErrCallbackTooLarge
	}
	if err := checkXML(body); err != nil {
		return fmt.Errorf("wecom: callback XML: %w", err)
	}
	if err := xml.Unmarshal(body, v); err != nil {
		return fmt.Errorf("wecom: callback XML: %w", err)
	}
	return nil
}

func checkXML(body []byte) error {
	dec := xml.NewDecoder(bytes.NewReader(body))
	depth := 0
	for {
		token, err := dec.RawToken()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.Directive:
			return errors.New("a DOCTYPE or another directive is not allowed")
		case xml.StartElement:
			if depth++; depth > maxXMLDepth {
				return fmt.Errorf("elements nest deeper than %d", maxXMLDepth)
			}
		case xml.EndElement:
			depth--
		}
	}
}

// passiveReply is the body that answers a message to the app.
type passiveReply struct {
	XMLName      xml.Name `xml:"xml"`
	Encrypt      string   `xml:"Encrypt"`
	MsgSignature string   `xml:"MsgSignature"`
	TimeStamp    string   `xml:"TimeStamp"`
	Nonce        string   `xml:"Nonce"`
}

// XML renders s as the body of a passive reply.
func (s Sealed) XML() ([]byte, error) {
	return xml.Marshal(passiveReply{Encrypt: s.Encrypt, MsgSignature: s.Signature, TimeStamp: s.Timestamp, Nonce: s.Nonce})
}
