// Package api is the ground that the JSON API stands on: bearer tokens and their
// limits, problems (RFC 9457), pages and cursors, writes that may be sent twice,
// the OpenAPI document and a page that shows it. The resources themselves are
// registered by features with Get and Post, below Prefix.
//
// A handler returns a plain value or a fault; how either looks on the wire is
// decided here. Times are RFC 3339 in the workspace's zone, an empty list is [],
// what is unknown is null.
//
// Words: an operation with Op.ID "groups.list" is described by the translation
// keys "api.op.groups.list" and, when there is more to say, the same with
// ".more"; the tag "groups" by "api.tag.groups". A `doc` tag on a field may be a
// translation key too.
package api
