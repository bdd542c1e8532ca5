package sandbox

import (
	"net/http"
	"strconv"
)

func directoryAPI() map[string]endpoint {
	return map[string]endpoint{
		"user/list":       {http.MethodGet, appScope, listUsers},
		"user/get":        {http.MethodGet, appScope, getUser},
		"user/list_id":    {http.MethodPost, appScope, listUserIDs},
		"department/list": {http.MethodGet, appScope, listDepartments},
	}
}

// listUsers lists a department, with fetch_child=1 the ones below it too
// (D:90201). All departments are children of department 1.
func listUsers(c *call) (reply, error) {
	department, err := strconv.Atoi(c.query.Get("department_id"))
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if err != nil || department < 1 || department > len(w.departments) {
		return nil, refuse(60123, "invalid department id")
	}
	all := department == 1 && c.query.Get("fetch_child") == "1"
	users := []reply{}
	for _, e := range w.employees() {
		if c.visible(e.UserID) && (all || e.department == department) {
			users = append(users, e.json())
		}
	}
	return reply{"userlist": users}, nil
}

// getUser describes one staff (D:90196).
func getUser(c *call) (reply, error) {
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	e := w.activeStaff(c.query.Get("userid"))
	switch {
	case e == nil:
		return nil, refuse(60111, "userid not found")
	case !c.visible(e.UserID):
		return nil, refuse(60011, "no privilege to access/modify contact/party/agent")
	}
	return e.json(), nil
}

// listUserIDs pages through all staff (D:96067).
func listUserIDs(c *call) (reply, error) {
	var in struct {
		Cursor string `json:"cursor"`
		Limit  int    `json:"limit"`
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	limit, err := c.pageLimit(in.Limit, 10_000, 10_000)
	if err != nil {
		return nil, err
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	users := []reply{}
	for _, e := range w.employees() {
		if c.visible(e.UserID) {
			users = append(users, reply{"userid": e.UserID, "department": e.department})
		}
	}
	part, next, err := page(users, in.Cursor, limit)
	if err != nil {
		return nil, err
	}
	return reply{"dept_user": part, "next_cursor": next}, nil
}

// listDepartments lists a department and those below it (D:90208).
func listDepartments(c *call) (reply, error) {
	root := 1
	if id := c.query.Get("id"); id != "" {
		var err error
		if root, err = strconv.Atoi(id); err != nil {
			return nil, refuse(60123, "invalid department id")
		}
	}
	w := c.world
	w.mu.Lock()
	defer w.mu.Unlock()
	if root < 1 || root > len(w.departments) {
		return nil, refuse(60123, "invalid department id")
	}
	out := []reply{}
	for i, name := range w.departments {
		if id := i + 1; root == 1 || id == root {
			out = append(out, reply{"id": id, "name": name, "parentid": min(i, 1), "order": 100_000 - i})
		}
	}
	return reply{"department": out}, nil
}

// employees lists who works in the corp, in the order of being added.
func (w *World) employees() []*employee {
	out := make([]*employee, 0, len(w.staffOrder))
	for _, id := range w.staffOrder {
		if e := w.staff[id]; !e.resigned {
			out = append(out, e)
		}
	}
	return out
}

// json has no mobile, mail or avatar: apps made since June 2022 don't get them.
func (e *employee) json() reply {
	return reply{
		"userid": e.UserID, "name": e.Name, "department": []int{e.department},
		"main_department": e.department, "status": 1, "isleader": 0, "order": []int{0},
	}
}
