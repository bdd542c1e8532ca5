// Package web is the ground on which pages stand: routes with permissions,
// sessions and limits, templates with shared components (web/ui), translated
// faults, live updates, and the shell of the operator console.
//
// A feature hands over routes (func(*Router)), Templates, NavItems and Panels;
// app puts them into Options. A handler reads the request through its Ctx,
// returns an error to fail, and calls Render at the end:
//
//	func (f *Feature) list(c *web.Ctx) error {
//		groups, err := f.store.Groups(c.Context(), c.Community)
//		if err != nil {
//			return err
//		}
//		return c.Render("desk/groups", groupsView{Groups: groups})
//	}
//
// "desk/groups" is the file templates/groups.html of the feature "desk"; its
// title is the translation of "desk.groups.title" unless the handler sets
// c.Title. A {{define}} in a feature's template is named "desk/…" too, and
// c.Fragment renders it without the shell, for htmx.
package web
