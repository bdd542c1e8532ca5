// Package sandbox simulates the WeCom platform over its real protocol: the
// server API under /cgi-bin, encrypted callbacks to the application, and the
// conversation archive. An application that works against it has spoken the
// same HTTP, JSON, XML and cryptography that qyapi.weixin.qq.com speaks.
//
// The package knows the standard library and nothing of the application, so
// that an agreement between the two is one about the documented protocol.
//
// # Two halves
//
// [World] is the state of one corp and what people do in their clients: join,
// leave, speak, remove. Its time is the injected [Clock]. [Server] is what the
// corp's programs see of it. What people do raises callbacks; what a program
// does over the API raises none (D:92130).
//
// # Archive
//
// The platform's archive SDK is a native library; the sandbox offers the same
// data over HTTP:
//
//	GET /sandbox/archive/chatdata?secret=S&seq=N&limit=L
//	  → {"errcode":0,"errmsg":"ok","chatdata":[{"seq":1,"msgid":"…","publickey_ver":1,
//	     "encrypt_random_key":"<base64>","encrypt_chat_msg":"<base64>"}]}
//
// returns at most L (1..1000) records with seq > N that are not older than five
// days. Where the SDK's DecryptData is opaque, the sandbox does this:
//
//	random           = RSA-PKCS1v15-decrypt(private key of publickey_ver, base64(encrypt_random_key))
//	key              = SHA-256(random)                      // 32 bytes, the random string's bytes hashed
//	nonce ‖ sealed   = base64(encrypt_chat_msg)             // nonce 12 bytes; sealed ends with the 16-byte tag
//	plaintext JSON   = AES-256-GCM-open(key, nonce, sealed) // no additional data
//
// The plaintext has the shapes of D:91774. Base64 is the standard alphabet with
// padding. Failures carry the SDK's return codes (D:91552) in errcode.
//
//	PUT /sandbox/archive/public-key?secret=S   body: an RSA-2048 public key in PEM
//	  → {"errcode":0,"errmsg":"ok","publickey_ver":2}
//	GET /sandbox/archive/media?sdkfileid=F&index=I
//	  → {"errcode":0,"errmsg":"ok","outindexbuf":"Range:bytes=524288-1048575",
//	     "data":"<base64>","data_len":524288,"is_finish":0}
//
// The first index is empty, each next one is outindexbuf; slices have 512 KiB.
//
// # Control
//
// A driver steers the sandbox under /sandbox: state, flush, do (an action of a
// person in the client), phone/{userid}, callback, faults, and a page for
// people at /sandbox/.
package sandbox
