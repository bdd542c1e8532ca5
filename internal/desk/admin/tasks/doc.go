// Package tasks shows work for people and takes their answers: the list /tasks,
// one task, and the minute's look at deadlines that have passed. The phone pages
// of tasks (internal/desk/phone) share its words and its Complete.
//
// The i18n keys task.title.<kind>, task.step.<kind>.<n>, task.closes.<how> and
// task.outcome.<outcome> are this package's; a step with the suffix .wechat
// replaces the plain one in personal WeChat groups.
package tasks
