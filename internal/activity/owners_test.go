package activity

import "testing"

func TestOwnerTotalsAreToldFromDays(t *testing.T) {
	daily := OwnerSeries{Days: make([]OwnerDay, 20)}
	running := OwnerSeries{Days: make([]OwnerDay, 20)}
	total := 100
	for i := range 20 {
		n := 40 + i%7*5
		daily.Days[i].Messages = n
		total += n
		running.Days[i].Messages = total
	}
	daily.settle()
	running.settle()
	if daily.Cumulative || len(daily.Days) != 20 {
		t.Errorf("days were taken for totals: %+v", daily)
	}
	if !running.Cumulative || len(running.Days) != 19 || running.Days[0].Messages != 45 {
		t.Errorf("totals were taken for days: %+v", running)
	}
}
