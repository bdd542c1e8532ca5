// Package pullwire is the language between the server and the program
// archive-puller: one JSON object a line, requests on its standard input,
// responses on its standard output, one response for each request in order.
package pullwire

// Operations of a Request. The first request of a session is OpInit.
const (
	OpInit  = "init"
	OpPull  = "pull"
	OpOpen  = "open"
	OpMedia = "media"
)

// MaxLine is the longest line that either side accepts, in bytes.
const MaxLine = 128 << 20

// Codes of a Response that do not come from the native library.
const (
	CodeOK       = 0
	CodeProtocol = -100 // the request makes no sense here
	CodeLibrary  = -101 // the library cannot be loaded
)

// Request asks for one call of the native library.
type Request struct {
	ID uint64 `json:"id"`
	Op string `json:"op"`

	// OpInit. Secrets travel here and not in arguments or the environment, where
	// other users of the machine could read them.
	Library       string `json:"library,omitempty"` // path of libWeWorkFinanceSdk_C.so
	CorpID        string `json:"corp_id,omitempty"`
	Secret        string `json:"secret,omitempty"`
	Proxy         string `json:"proxy,omitempty"`          // socks5://host:port or http://host:port
	ProxyPassword string `json:"proxy_password,omitempty"` // user:password
	Timeout       int    `json:"timeout,omitempty"`        // seconds for each call of the library

	Seq   uint64 `json:"seq,omitempty"` // OpPull
	Limit int    `json:"limit,omitempty"`

	Key     string `json:"key,omitempty"` // OpOpen
	Message string `json:"message,omitempty"`

	FileID string `json:"file_id,omitempty"` // OpMedia
	Index  string `json:"index,omitempty"`
}

// Response answers the Request with the same ID.
type Response struct {
	ID    uint64 `json:"id"`
	Code  int    `json:"code"` // 0, the library's return code (D:91552), or one of ours
	Error string `json:"error,omitempty"`
	Data  []byte `json:"data,omitempty"` // base64: chat data JSON, plaintext, or a slice of a file
	Next  string `json:"next,omitempty"` // OpMedia: index of the next slice
	Last  bool   `json:"last,omitempty"` // OpMedia
}
