// Package desk holds the console pages of the spine: the workbench (工作台), the
// list of groups and the pages of one group, the ability matrix (能力矩阵), the
// first findings after connecting (首次发现), members, communities and search.
//
// It decides nothing about groups: it shows what the projections hold, set-based,
// so that a page costs the same number of statements for three groups and for a
// thousand. What it judges are only the reasons to look at a group (see Reason).
//
// Other slices add to its pages by panels in these slots:
//
//	home.alerts     the workbench, under the list of tasks
//	home.health     the workbench's tiles; c.Community narrows them
//	group.overview  a group's first tab; c.Path("id") is the group
//	group.risk      a group's tab 风控; c.Path("id") is the group
//
// and to the group's log by a translation "event.<kind>" of their own events,
// with the member's name as {0}.
package desk
