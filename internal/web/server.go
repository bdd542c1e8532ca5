package web

import (
	"net/http"
	"time"
)

// Server returns a server for h with the time limits that keep a slow or idle
// client from holding a connection. There is no limit on writing an answer,
// because Live streams; handlers bound their own work by the request's context.
func Server(addr string, h http.Handler) *http.Server {
	return &http.Server{
		Addr:              addr,
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       60 * time.Second,
		IdleTimeout:       120 * time.Second,
		MaxHeaderBytes:    64 << 10,
	}
}
