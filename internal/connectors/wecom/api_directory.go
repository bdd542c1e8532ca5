package wecom

import (
	"context"
	"net/url"
	"strconv"
)

// User is a staff member as far as the app may see one.
type User struct {
	UserID      string `json:"userid"`
	Name        string `json:"name"`
	Departments []int  `json:"department"`
	Status      int    `json:"status"` // 1 active, 2 disabled, 4 not activated, 5 left
}

// Department is a node of the corp's tree; the root has id 1.
type Department struct {
	ID       int    `json:"id"`
	Name     string `json:"name"`
	ParentID int    `json:"parentid"`
	Order    int64  `json:"order"`
}

// Users lists the staff of a department and, with children, of everything below
// it (D:90201).
func (c *Client) Users(ctx context.Context, department int, children bool) ([]User, error) {
	query := url.Values{"department_id": {strconv.Itoa(department)}, "fetch_child": {"0"}}
	if children {
		query.Set("fetch_child", "1")
	}
	var out struct {
		Users []User `json:"userlist"`
	}
	err := c.get(ctx, "/cgi-bin/user/list", query, &out)
	return out.Users, err
}

// Departments lists the departments that the app may see (D:90208).
func (c *Client) Departments(ctx context.Context) ([]Department, error) {
	var out struct {
		Departments []Department `json:"department"`
	}
	err := c.get(ctx, "/cgi-bin/department/list", nil, &out)
	return out.Departments, err
}

// CallbackIPs lists the addresses that callbacks come from (D:90930).
func (c *Client) CallbackIPs(ctx context.Context) ([]string, error) {
	var out struct {
		IPs []string `json:"ip_list"`
	}
	err := c.get(ctx, "/cgi-bin/getcallbackip", nil, &out)
	return out.IPs, err
}
