package phone

import (
	"github.com/qunzhu/qunzhu/internal/web"
)

// contactKey is the setting of the workspace's contact, described by admin.
const contactKey = "workspace.contact"

type privacyView struct {
	Contact string
	Rows    []privacyRow
}

// privacyRow is one thing that is kept: what, why, and for how long.
type privacyRow struct{ What, Why string }

// privacy is GET /m/privacy: what is kept about members, why, and where to turn
// (PIPL §17; docs/definitions.md D).
func (p *pages) privacy(c *web.Ctx) error {
	contact, err := p.deps.Settings.Text(c.Context(), p.deps.DB, "", contactKey)
	if err != nil {
		return err
	}
	v := privacyView{Contact: contact}
	for _, row := range []string{"membership", "messages", "handling"} {
		v.Rows = append(v.Rows, privacyRow{c.T("phone.privacy." + row), c.T("phone.privacy." + row + "_why")})
	}
	return c.Render("phone/privacy", v)
}
