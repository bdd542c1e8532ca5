package web

import "testing"

func TestASpreadsheetRunsNoNickname(t *testing.T) {
	for cell, want := range map[string]string{
		"": "", "团团妈": "团团妈", "-12": "-12", "+3.5%": "+3.5%", "1,280": "1,280",
		"=HYPERLINK(1)": "'=HYPERLINK(1)", "@SUM": "'@SUM", "-1+cmd|": "'-1+cmd|", "+86 张三": "'+86 张三", "\tx": "'\tx", "|calc": "'|calc",
	} {
		if got := InertCell(cell); got != want {
			t.Errorf("%q became %q, want %q", cell, got, want)
		}
	}
}
