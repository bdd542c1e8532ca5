package mission

func introduction() Section {
	return Section{Number: 0, Title: "引言", English: "Introduction", Rows: []Row{
		{
			ID: "0.system", Kind: Demand, Status: Missing,
			Text:    "关于如何科学创建并运营微信群,需从战略定位、流程设计、管理机制等多维度进行系统化规划。",
			English: "A group is planned as a system before it is opened: positioning, launch and governance together",
			Slices:  []string{"plan/positioning", "create/launch", "govern/admission"},
		},
		{
			ID: "0.reach", Kind: Demand, Status: Missing,
			Text:    "微信群作为私域流量运营的核心载体,其价值不仅体现在用户规模,更在于精准触达与高效转化能力。",
			English: "Value is reaching the right people and converting them, not head count alone",
			Slices:  []string{"measure/attribution"},
			Measures: []Measure{
				{Key: "reach_rate"},
				{Key: "click_conversion_rate"},
			},
		},
		{
			ID: "0.balance", Kind: Demand, Status: Partial,
			Remains: "the rulebook and the calendar of content; clear rules are enforced, they are not yet made public",
			Text:    "创建过程中需平衡功能性与用户体验,既要通过清晰的规则避免群体失控,又要借助多元化的运营手段激发成员活跃度。",
			English: "Clear rules against loss of control, and varied formats that make members take part",
			Slices:  []string{"create/launch", "govern/moderation", "content/calendar", "measure/health"},
			Measures: []Measure{
				{Key: "rules_awareness_rate"},
				{Key: "speaker_share"},
			},
			Tests: []string{
				"govern/moderation.TestStandingRaisesTheGradeAndDecaysAfterNinetyDays",
				"measure/health.TestTheOverviewSaysWhyAndWhatToDo",
			},
		},
		{
			ID: "0.eight", Kind: Demand, Status: Partial,
			Remains: "six of the eight wings, and all but moderation and health in the other two",
			Text:    "本文将从八个关键层面展开分析,结合数据化管理与案例实践,揭示微信群从0到1构建及可持续发展的核心逻辑。",
			English: "Eight wings, managed by data and compared with cases, from the first day to lasting operation",
			Slices: []string{
				"plan/goal", "create/launch", "govern/moderation", "grow/referral",
				"content/calendar", "measure/health", "risk/incident", "compare/casebook",
			},
			Tests: []string{
				"govern/moderation.TestA3ResponseTimes",
				"measure/health.TestTheRowsAddUpToTheNumber",
			},
		},
	}}
}

func positioning() Section {
	return Section{Number: 1, Title: "定位与目标规划", English: "Positioning and goals", Wing: "plan", Rows: []Row{
		{
			ID: "1.purpose", Kind: Demand, Status: Missing,
			Text:    "创建微信群前需明确核心定位,不同场景对应差异化的运营策略:",
			English: "A positioning card comes before the group, and decides which modules and goals it gets",
			Slices:  []string{"plan/positioning"},
		},
		{
			ID: "1.service", Kind: TableRow, Status: Partial,
			Remains: "the positioning card and what it decides, the questions desk and its figures; a community has the type",
			Text:    "服务型社群 | 用户咨询、售后支持 | 电商平台、SaaS服务商",
			English: "Service community: questions and after-sales support",
			Slices:  []string{"community", "desk", "plan/positioning", "govern/helpdesk"},
			Measures: []Measure{
				{Key: "first_response_time"},
				{Key: "first_resolution_rate"},
				{Key: "consultation_satisfaction"},
			},
			Tests: []string{
				"desk.TestCommunitiesAreMadeOnceAndRenamed",
				"activity.TestClassify",
			},
		},
		{
			ID: "1.interest", Kind: TableRow, Status: Partial,
			Remains: "the positioning card and what it decides, topics, saves and their figures; a community has the type, and the share who speak is measured",
			Text:    "兴趣型社群 | 知识分享、话题讨论 | 教育行业、垂直领域爱好者",
			English: "Interest community: sharing knowledge and discussing topics",
			Slices:  []string{"community", "desk", "measure/health", "plan/positioning", "content/topic"},
			Measures: []Measure{
				{Key: "participation_rate"},
				{Key: "speaker_share"},
				{Key: "save_rate"},
			},
			Tests: []string{
				"desk.TestCommunitiesAreMadeOnceAndRenamed",
				"measure/health.TestTheRowsAddUpToTheNumber",
			},
		},
		{
			ID: "1.conversion", Kind: TableRow, Status: Partial,
			Remains: "the positioning card and what it decides, links, orders and their figures; a community has the type, and in this one a chain of orders counts as said",
			Text:    "转化型社群 | 产品推广、促销活动 | 电商品牌、新零售企业",
			English: "Conversion community: product promotion and sales",
			Slices:  []string{"community", "activity", "plan/positioning", "measure/attribution"},
			Measures: []Measure{
				{Key: "click_conversion_rate"},
				{Key: "order_attribution_rate"},
				{Key: "repurchase_rate"},
			},
			Tests: []string{
				"desk.TestCommunitiesAreMadeOnceAndRenamed",
				"activity.TestClassify",
			},
		},
		{
			ID: "1.retention_lift", Kind: Claim, Status: Missing,
			Text:     "数据显示,明确定位的社群用户留存率较普通群组提升67%(见表1)。",
			English:  "Positioned groups retain better; the report compares both kinds with an interval and a warning about causes",
			Slices:   []string{"plan/positioning", "measure/retention"},
			Measures: []Measure{{"positioning_retention_lift", Reported, 0.67, Ratio}},
		},
		{
			ID: "1.smart_goal", Kind: Demand, Status: Missing,
			Text:    `目标设定需遵循SMART原则,例如将"提升用户活跃度"细化为"3个月内日均发言量达到50条,成员增长率稳定在5%/周"。`,
			English: "SMART goals, either reached once or sustained over weeks, with a check that they can be met",
			Slices:  []string{"plan/goal"},
			Measures: []Measure{
				{"daily_messages", AtLeast, 50, PerDay},
				{"member_growth", AtLeast, 0.05, Ratio},
			},
		},
	}}
}

func creation() Section {
	return Section{Number: 2, Title: "创建流程标准化", English: "A standard launch", Wing: "create", Rows: []Row{
		{
			ID: "2.stages", Kind: Demand, Status: Missing,
			Text:    "微信群创建需经历三大核心阶段:",
			English: "A launch goes through three stages with a readiness list: foundation, rules, tiers",
			Slices:  []string{"create/launch"},
		},
		{
			ID: "2.foundation", Kind: Demand, Status: Partial,
			Remains: "the launch itself, duties and shifts; owners, deputies and who lacks one are shown",
			Text:    `基础搭建:通过微信个人号或公众号发起建群,建议采用"主号+3个管理员"的矩阵模式`,
			English: "Foundation: one owner account and three administrators with duties and shifts",
			Slices:  []string{"desk", "create/launch"},
			Measures: []Measure{
				{"administrators", AtLeast, 3, Count},
				{Key: "shift_coverage"},
			},
			Tests: []string{
				"desk.TestFindingsNameEveryQuestion",
			},
		},
		{
			ID: "2.rules", Kind: Demand, Status: Missing,
			Text:     "规则公示:入群欢迎语需包含《群规手册》,明确禁止行为与奖励机制",
			English:  "Rules made public: the welcome carries the rulebook with what is forbidden and what is rewarded",
			Slices:   []string{"create/launch"},
			Measures: []Measure{{Key: "rules_awareness_rate"}},
		},
		{
			ID: "2.tiers", Kind: Demand, Status: Missing,
			Text:    "架构分层:设置三级成员体系(普通成员-活跃用户-KOC),配置专属管理员",
			English: "Three member tiers, regular, active and key opinion consumer, each with its administrator",
			Slices:  []string{"create/tier"},
		},
		{
			ID: "2.invitation", Kind: TableRow, Status: Missing,
			Text:     "个人号邀请制 | 关系链精准、操作简单 | 小型兴趣社群、区域性服务群",
			English:  "Invitation by a personal account, with a code and a quota for each inviter",
			Slices:   []string{"create/launch", "govern/admission"},
			Measures: []Measure{{Key: "invitation_acceptance_rate"}},
		},
		{
			ID: "2.official_account", Kind: TableRow, Status: Missing,
			Text:     "公众号自动拉群 | 规模化起量、数据可追踪 | 电商促销群、课程学习群",
			English:  "An Official Account that leads followers to a group with room, traceable step by step",
			Slices:   []string{"create/livecode", "connectors/officialaccount"},
			Measures: []Measure{{Key: "join_rate"}},
		},
		{
			ID: "2.live_code", Kind: TableRow, Status: Missing,
			Text:     "二维码活码技术 | 长期有效、规避扫码次数限制 | 线下活动群、长期运营社群",
			English:  "A live code: one permanent QR code that shows the group code which still works",
			Slices:   []string{"create/livecode"},
			Measures: []Measure{{Key: "join_rate"}},
		},
		{
			ID: "2.join_lift", Kind: Claim, Status: Missing,
			Text:     `实践表明,采用"公众号+活码"组合模式,可使初始入群率提升42%,且便于后续数据沉淀。`,
			English:  "Official Account and live code together raise the join rate; channels are compared with a significance test",
			Slices:   []string{"create/livecode"},
			Measures: []Measure{{"join_rate_lift", Reported, 0.42, Ratio}},
		},
	}}
}
