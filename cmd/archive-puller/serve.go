//go:build linux

package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/qunzhu/qunzhu/internal/connectors/wecom/pullwire"
)

// session is what OpInit set up.
type session struct {
	lib *library
	sdk handle
	req pullwire.Request // proxy and timeout of the calls
}

// serve answers requests until in ends.
func serve(in io.Reader, out io.Writer) error {
	requests := bufio.NewScanner(in)
	requests.Buffer(nil, pullwire.MaxLine)
	answers := json.NewEncoder(out)
	var s *session
	defer func() { s.close() }()
	for requests.Scan() {
		var req pullwire.Request
		if err := json.Unmarshal(requests.Bytes(), &req); err != nil {
			// The line may hold a secret, and so may err.
			return errors.New("a request is not a JSON object")
		}
		resp := handleRequest(&s, req)
		resp.ID = req.ID
		if err := answers.Encode(resp); err != nil {
			return fmt.Errorf("writing the answer: %w", err)
		}
	}
	return requests.Err()
}

func handleRequest(s **session, req pullwire.Request) pullwire.Response {
	if req.Op == pullwire.OpInit {
		if *s != nil {
			return protocolError("the session was set up already")
		}
		opened, resp := openSession(req)
		*s = opened
		return resp
	}
	if *s == nil {
		return protocolError("the first request must be init")
	}
	return (*s).handle(req)
}

func openSession(req pullwire.Request) (*session, pullwire.Response) {
	lib, err := loadLibrary(req.Library)
	if err != nil {
		return nil, pullwire.Response{Code: pullwire.CodeLibrary, Error: err.Error()}
	}
	sdk := lib.newSdk()
	if sdk == nil {
		return nil, pullwire.Response{Code: pullwire.CodeLibrary, Error: "NewSdk returned nothing"}
	}
	if code := lib.init(sdk, req.CorpID, req.Secret); code != 0 {
		lib.destroySdk(sdk)
		return nil, pullwire.Response{Code: int(code)}
	}
	return &session{lib: lib, sdk: sdk, req: req}, pullwire.Response{}
}

func (s *session) close() {
	if s != nil {
		s.lib.destroySdk(s.sdk)
	}
}

func (s *session) handle(req pullwire.Request) pullwire.Response {
	switch req.Op {
	case pullwire.OpPull:
		return s.pull(req)
	case pullwire.OpOpen:
		return s.open(req)
	case pullwire.OpMedia:
		return s.media(req)
	default:
		return protocolError(fmt.Sprintf("unknown op %q", req.Op))
	}
}

func (s *session) pull(req pullwire.Request) pullwire.Response {
	return s.lib.slice(func(out handle) int32 {
		return s.lib.getChatData(s.sdk, req.Seq, uint32(req.Limit), s.req.Proxy, s.req.ProxyPassword, int32(s.req.Timeout), out)
	})
}

func (s *session) open(req pullwire.Request) pullwire.Response {
	return s.lib.slice(func(out handle) int32 {
		return s.lib.decryptData(req.Key, req.Message, out)
	})
}

func (s *session) media(req pullwire.Request) pullwire.Response {
	data := s.lib.newMediaData()
	if data == nil {
		return pullwire.Response{Code: pullwire.CodeLibrary, Error: "NewMediaData returned nothing"}
	}
	defer s.lib.freeMediaData(data)
	code := s.lib.getMediaData(s.sdk, req.Index, req.FileID, s.req.Proxy, s.req.ProxyPassword, int32(s.req.Timeout), data)
	if code != 0 {
		return pullwire.Response{Code: int(code)}
	}
	return pullwire.Response{
		Data: copyBytes(s.lib.getData(data), s.lib.getDataLen(data)),
		Next: string(copyBytes(s.lib.getOutIndexBuf(data), s.lib.getIndexLen(data))),
		Last: s.lib.isMediaDataFinish(data) != 0,
	}
}

func protocolError(text string) pullwire.Response {
	return pullwire.Response{Code: pullwire.CodeProtocol, Error: text}
}
