package mission

func governance() Section {
	return Section{Number: 3, Title: "管理机制设计", English: "Governance", Wing: "govern", Rows: []Row{
		{
			ID: "3.four_dimensions", Kind: Demand, Status: Partial,
			Remains: "admission, incentives, departure, and the page that shows all four",
			Text:    "成熟的社群管理需建立四维管控体系:",
			English: "Four dimensions of control on one page: admission, moderation, incentives, departure",
			Slices:  []string{"govern/admission", "govern/moderation", "govern/points", "govern/departure"},
			Tests: []string{
				"govern/moderation.TestTheInboxShowsWhatWasFoundAndWhereTheClockStands",
			},
		},
		{
			ID: "3.admission", Kind: TableRow, Status: Missing,
			Text:    "准入机制 | 设置入群问卷、付费门槛、邀请制 | 过滤无效用户率≥90%",
			English: "Admission by questionnaire, payment or invitation, shown together with the share of wrong refusals",
			Slices:  []string{"govern/admission"},
			Measures: []Measure{
				{"invalid_filter_rate", AtLeast, 0.90, Ratio},
				{Key: "wrong_refusal_rate"},
			},
		},
		{
			ID: "3.moderation", Kind: TableRow, Status: Partial,
			Remains: "patrols of people, and with them the share of violations that were missed",
			Text:    "内容监管 | 关键词监控+人工巡检+分级警告 | 违规内容发现响应时间<5分钟",
			English: "Moderation by keywords, patrols of people and graded warnings; first action within five minutes",
			Slices:  []string{"govern/moderation"},
			Measures: []Measure{
				{"violation_response_p90", Below, 300, Seconds},
				{"violation_response_sla", AtLeast, 0.95, Ratio},
				{Key: "missed_violation_rate"},
			},
			Tests: []string{
				"govern/moderation.TestA3ResponseTimes",
				"govern/moderation.TestA3ViolationResponseIsJudged",
				"govern/moderation.TestStandingRaisesTheGradeAndDecaysAfterNinetyDays",
				"govern/moderation.TestAnAdvertIsAnsweredByTheRemovalThatThePlatformReports",
				"govern/moderation.TestG21RecallStopsTheClock",
				"govern/moderation/match.TestEvasions",
				"govern/moderation/match.TestFewFalseAlarmsOnRealMessages",
			},
		},
		{
			ID: "3.incentives", Kind: TableRow, Status: Missing,
			Text:     "激励体系 | 积分兑换、荣誉榜单、专属特权 | 成员主动贡献率提升3倍",
			English:  "Incentives: points to redeem, a leaderboard, privileges; three times as many members contribute",
			Slices:   []string{"govern/points"},
			Measures: []Measure{{"contribution_rate_multiple", AtLeast, 3, Times}},
		},
		{
			ID: "3.departure", Kind: TableRow, Status: Missing,
			Text:    "退出机制 | 静默观察期+二次确认+退群反馈 | 降低误退率至3%以下",
			English: "Departure: silent observation, a second confirmation, exit feedback; few exits by mistake",
			Slices:  []string{"govern/departure"},
			Measures: []Measure{
				{"mistaken_exit_rate", AtMost, 0.03, Ratio},
				{"wrong_removal_rate", AtMost, 0.03, Ratio},
				{"accidental_exit_rate", AtMost, 0.03, Ratio},
			},
		},
		{
			ID: "3.education_case", Kind: Claim, Status: Missing,
			Text:    "某头部教育机构案例显示,实施积分兑换课程券的激励政策后,家长群体的内容产出量增长217%,直接带动续课率提升15%。",
			English: "Points for course coupons: what members write and how many renew, before and after",
			Slices:  []string{"govern/points", "compare/course"},
			Measures: []Measure{
				{"content_output_growth", Reported, 2.17, Ratio},
				{"renewal_rate_growth", Reported, 0.15, Ratio},
			},
		},
	}}
}

func growth() Section {
	return Section{Number: 4, Title: "增长策略矩阵", English: "Growth", Wing: "grow", Rows: []Row{
		{
			ID: "4.loop", Kind: Demand, Status: Missing,
			Text:     `用户增长需构建"裂变-留存-转化"闭环体系:`,
			English:  "Growth is a closed loop of referral, retention and conversion, followed by cohort",
			Slices:   []string{"grow/referral", "measure/retention", "measure/attribution"},
			Measures: []Measure{{Key: "k_factor"}},
		},
		{
			ID: "4.referral", Kind: TableRow, Status: Missing,
			Text:     `任务裂变 | 设计"邀请3人得优惠券"阶梯任务 | 冷启动期(0-1月)`,
			English:  "Referral ladder for the cold start, behind a check against the platform's rules, one level deep",
			Slices:   []string{"grow/referral"},
			Measures: []Measure{{Key: "k_factor"}, {Key: "referred_join_share"}},
		},
		{
			ID: "4.lead_pack", Kind: TableRow, Status: Missing,
			Text:    "内容引流 | 制作干货资料包引导添加助手号 | 稳定期(3-6月)",
			English: "A lead pack that leads to the assistant account, readable without adding anybody",
			Slices:  []string{"grow/leadpack"},
			Measures: []Measure{
				{Key: "lead_claim_rate"}, {Key: "assistant_add_rate"}, {Key: "lead_join_rate"},
			},
		},
		{
			ID: "4.campaign", Kind: TableRow, Status: Missing,
			Text:    "活动转化 | 直播抽奖+限时秒杀组合拳 | 爆发期(节点大促)",
			English: "Live lottery and flash sale for peak days: a draw that can be checked, stock that is never oversold",
			Slices:  []string{"grow/lottery", "grow/flashsale"},
			Measures: []Measure{
				{Key: "lottery_participation_rate"},
				{Key: "flash_sale_conversion_rate"},
				{"oversold_units", AtMost, 0, Count},
			},
		},
		{
			ID: "4.beauty_case", Kind: Claim, Status: Missing,
			Text:    `某美妆品牌通过"测肤质送小样"活动,单日新增用户1200+,其中32%来自老用户邀请,验证了社交裂变的指数级传播效应。`,
			English: "A questionnaire with a sample: joins in a day and the share that members invited",
			Slices:  []string{"grow/referral", "grow/leadpack"},
			Measures: []Measure{
				{"daily_joins", Reported, 1200, PerDay},
				{"referred_join_share", Reported, 0.32, Ratio},
			},
		},
	}}
}

func content() Section {
	return Section{Number: 5, Title: "内容运营体系", English: "Content", Wing: "content", Rows: []Row{
		{
			ID: "5.lifeblood", Kind: Demand, Status: Missing,
			Text:     "优质内容是社群生命力的核心保障:",
			English:  "A calendar of content in fixed slots, with what is ready, late or missing",
			Slices:   []string{"content/calendar", "content/library"},
			Measures: []Measure{{Key: "content_on_time_rate"}},
		},
		{
			ID: "5.edition", Kind: TableRow, Status: Missing,
			Text:    "早报/晚报 | 每日1次(固定时段) | 嵌入天气提醒+新闻热点",
			English: "Morning or evening paper, once a day at a fixed time, with weather and sourced news",
			Slices:  []string{"content/edition"},
			Measures: []Measure{
				{"editions_per_day", AtLeast, 1, PerDay},
				{Key: "edition_on_time_rate"},
				{Key: "edition_completeness_rate"},
			},
		},
		{
			ID: "5.lecture", Kind: TableRow, Status: Missing,
			Text:    "专题讲座 | 每周2-3次 | 采用直播+文字纪要双形式",
			English: "Lectures two or three times a week, live and with written minutes",
			Slices:  []string{"content/lecture"},
			Measures: []Measure{
				{"lectures_per_week", AtLeast, 2, PerWeek},
				{"lectures_per_week", AtMost, 3, PerWeek},
				{Key: "lecture_minutes_rate"},
			},
		},
		{
			ID: "5.topic", Kind: TableRow, Status: Missing,
			Text:     "互动话题 | 每日18:00-22:00 | 结合时下热点设置争议性问题",
			English:  "A topic every evening between 18:00 and 22:00, debatable yet checked for what must not be asked",
			Slices:   []string{"content/topic"},
			Measures: []Measure{{Key: "topic_window_compliance"}, {Key: "participation_rate"}},
		},
		{
			ID: "5.parenting_case", Kind: Claim, Status: Missing,
			Text:    `某母婴社群通过"每日育儿难题求解"栏目,使成员日均互动次数从3.2次提升至9.7次,用户粘性增强230%。`,
			English: "A daily column of questions: interactions for each member (+203 %) and stickiness are two figures",
			Slices:  []string{"content/topic", "measure/health"},
			Measures: []Measure{
				{"interactions_per_member", Reported, 9.7, PerDay},
				{"stickiness_growth", Reported, 2.30, Ratio},
			},
		},
	}}
}
