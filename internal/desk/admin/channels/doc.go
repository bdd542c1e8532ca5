// Package channels holds the console's pages about connections to platforms
// (通道) and about the data that comes through them (数据源).
//
// Connecting is a row of steps that each can be left and come back to: the
// credentials, the callback, the message archive, the rules that put groups into
// communities, and a check against the platform. Secrets are typed or made here
// and go sealed into the store; what the operator must paste at the platform
// (Token, EncodingAESKey) is shown once, in the answer to the form that made it.
package channels
