// Package imports is what an operator does for data that no API gives: chat
// files brought into a group (数据源与导入), personal WeChat groups added by name,
// and the daily close (每日收尾), in which a person says how many members and
// messages a group had and pastes what was said.
//
// A close is a tally.recorded of one group and one day; a later one corrects it.
// Pasted text is imported through importing, and covers the stretch of time that
// the person declares and no more. A day is open until its member count or its
// message count is known.
package imports
