package sandbox

import (
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strconv"
)

// Return codes of the archive SDK (D:91552), used as errcode.
const (
	sdkBadParameter = 10000
	sdkSystem       = 10003
	sdkBadFile      = 10005
	sdkBadIP        = 10009
	replyTooLarge   = 301058 // of the server; pull fewer records
)

// mediaSlice is how much one media call returns.
const mediaSlice = 512 << 10

func (s *Server) routeArchive(mux *http.ServeMux) {
	for route, handle := range map[string]func(*http.Request) (reply, error){
		"GET /sandbox/archive/chatdata":   s.archiveChatData,
		"GET /sandbox/archive/media":      s.archiveMedia,
		"PUT /sandbox/archive/public-key": s.archivePublicKey,
	} {
		mux.HandleFunc(route, func(w http.ResponseWriter, r *http.Request) {
			f := s.Faults()
			if !s.passFaults(w, r, "archive", f) {
				return
			}
			ip := remoteIP(r)
			if len(f.TrustedIPs) > 0 && !slices.Contains(f.TrustedIPs, ip) {
				s.write(w, ip, nil, refuse(sdkBadIP, "ip not in the trusted list"))
				return
			}
			out, err := handle(r)
			s.write(w, ip, out, err)
		})
	}
}

func (s *Server) checkArchiveSecret(r *http.Request) error {
	given := r.URL.Query().Get("secret")
	if subtle.ConstantTimeCompare([]byte(given), []byte(s.world.cfg.ArchiveSecret)) != 1 {
		return refuse(sdkBadParameter, "wrong archive secret")
	}
	return nil
}

func (s *Server) archiveChatData(r *http.Request) (reply, error) {
	if err := s.checkArchiveSecret(r); err != nil {
		return nil, err
	}
	query := r.URL.Query()
	seq := uint64(0)
	if text := query.Get("seq"); text != "" {
		var err error
		if seq, err = strconv.ParseUint(text, 10, 64); err != nil {
			return nil, refuse(sdkBadParameter, "seq %q is not a number", text)
		}
	}
	limit, err := strconv.Atoi(query.Get("limit"))
	if err != nil || limit < 1 || limit > archivePull {
		return nil, refuse(sdkBadParameter, "limit should be 1 to %d", archivePull)
	}
	if most := s.Faults().ArchiveLimit; most > 0 && limit > most {
		return nil, refuse(replyTooLarge, "reply too large, lower the limit")
	}
	records, err := s.world.pull(seq, limit)
	if err != nil {
		return nil, refuse(sdkSystem, "%v", err)
	}
	return reply{"chatdata": records}, nil
}

func (s *Server) archivePublicKey(r *http.Request) (reply, error) {
	if err := s.checkArchiveSecret(r); err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r.Body, 16<<10))
	if err != nil {
		return nil, refuse(sdkBadParameter, "%v", err)
	}
	version, err := s.world.RegisterPublicKey(text)
	if err != nil {
		return nil, refuse(sdkBadParameter, "%v", err)
	}
	return reply{"publickey_ver": version}, nil
}

func (s *Server) archiveMedia(r *http.Request) (reply, error) {
	content, ok := mediaContent(r.URL.Query().Get("sdkfileid"))
	if !ok {
		return nil, refuse(sdkBadFile, "unknown sdkfileid")
	}
	start, err := mediaStart(r.URL.Query().Get("index"), len(content))
	if err != nil {
		return nil, refuse(sdkBadParameter, "%v", err)
	}
	end := min(start+mediaSlice, len(content))
	out := reply{
		"data": base64.StdEncoding.EncodeToString(content[start:end]), "data_len": end - start,
		"outindexbuf": "", "is_finish": 1,
	}
	if end < len(content) {
		out["is_finish"] = 0
		out["outindexbuf"] = fmt.Sprintf("Range:bytes=%d-%d", end, min(end+mediaSlice, len(content))-1)
	}
	return out, nil
}

// mediaStart reads an index that an earlier slice gave out; empty is the start.
func mediaStart(index string, size int) (int, error) {
	if index == "" {
		return 0, nil
	}
	var start, end int
	if _, err := fmt.Sscanf(index, "Range:bytes=%d-%d", &start, &end); err != nil {
		return 0, fmt.Errorf("index %q is not of the form Range:bytes=524288-1048575", index)
	}
	if start < 0 || start >= size || end < start {
		return 0, errors.New("index is outside of the file")
	}
	return start, nil
}
