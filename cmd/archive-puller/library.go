//go:build linux

package main

import (
	"bytes"
	"fmt"
	"unsafe"

	"github.com/ebitengine/purego"

	"github.com/qunzhu/qunzhu/internal/connectors/wecom/pullwire"
)

// handle is a pointer into the library's own memory.
type handle = unsafe.Pointer

// library is the C interface of libWeWorkFinanceSdk_C.so (D:91774). C int is
// int32, const char* is string, and pointers it owns are handles.
type library struct {
	newSdk      func() handle
	init        func(sdk handle, corpID, secret string) int32
	destroySdk  func(sdk handle)
	getChatData func(sdk handle, seq uint64, limit uint32, proxy, password string, timeout int32, out handle) int32
	decryptData func(key, message string, out handle) int32

	newSlice            func() handle
	freeSlice           func(slice handle)
	getContentFromSlice func(slice handle) handle
	getSliceLen         func(slice handle) int32

	getMediaData      func(sdk handle, index, fileID, proxy, password string, timeout int32, out handle) int32
	newMediaData      func() handle
	freeMediaData     func(data handle)
	getOutIndexBuf    func(data handle) handle
	getIndexLen       func(data handle) int32
	getData           func(data handle) handle
	getDataLen        func(data handle) int32
	isMediaDataFinish func(data handle) int32
}

func loadLibrary(path string) (*library, error) {
	lib, err := purego.Dlopen(path, purego.RTLD_NOW|purego.RTLD_LOCAL)
	if err != nil {
		return nil, fmt.Errorf("cannot load the archive library: %w; download the Linux C SDK for this CPU and give the path of libWeWorkFinanceSdk_C.so", err)
	}
	l := &library{}
	for name, fn := range map[string]any{
		"NewSdk": &l.newSdk, "Init": &l.init, "DestroySdk": &l.destroySdk,
		"GetChatData": &l.getChatData, "DecryptData": &l.decryptData, "GetMediaData": &l.getMediaData,
		"NewSlice": &l.newSlice, "FreeSlice": &l.freeSlice,
		"GetContentFromSlice": &l.getContentFromSlice, "GetSliceLen": &l.getSliceLen,
		"NewMediaData": &l.newMediaData, "FreeMediaData": &l.freeMediaData,
		"GetOutIndexBuf": &l.getOutIndexBuf, "GetIndexLen": &l.getIndexLen,
		"GetData": &l.getData, "GetDataLen": &l.getDataLen, "IsMediaDataFinish": &l.isMediaDataFinish,
	} {
		symbol, err := purego.Dlsym(lib, name)
		if err != nil {
			return nil, fmt.Errorf("the archive library lacks %s; is it libWeWorkFinanceSdk_C.so?", name)
		}
		purego.RegisterFunc(fn, symbol)
	}
	return l, nil
}

// slice runs a call that fills a Slice_t and returns a copy of its content.
func (l *library) slice(call func(out handle) int32) pullwire.Response {
	out := l.newSlice()
	if out == nil {
		return pullwire.Response{Code: pullwire.CodeLibrary, Error: "NewSlice returned nothing"}
	}
	defer l.freeSlice(out)
	if code := call(out); code != 0 {
		return pullwire.Response{Code: int(code)}
	}
	return pullwire.Response{Data: copyBytes(l.getContentFromSlice(out), l.getSliceLen(out))}
}

// copyBytes copies out of the library's memory, which is freed after the call.
func copyBytes(from handle, length int32) []byte {
	if from == nil || length <= 0 {
		return nil
	}
	return bytes.Clone(unsafe.Slice((*byte)(from), length))
}
