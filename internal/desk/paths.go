package desk

import "net/url"

// Pages of colleagues that these pages lead to.
const (
	addGroupsPath = "/groups/add"
	connectPath   = "/settings/connections"
	sourcesPath   = "/sources"
	tasksPath     = "/tasks"
	importsPath   = "/sources/imports"
	closePath     = "/groups/" // + id + "/close"
)

func groupPath(id string) string { return "/groups/" + url.PathEscape(id) }

func taskPath(id string) string { return tasksPath + "/" + url.PathEscape(id) }
