package mission

func measurement() Section {
	return Section{Number: 6, Title: "数据监控体系", English: "Measurement", Wing: "measure", Rows: []Row{
		{
			ID: "6.three_levels", Kind: Demand, Status: Partial,
			Remains:  "the levels of influence and conversion, and the score; definitions, windows, thresholds and coverage are there",
			Text:     "建立三级数据监测指标库:",
			English:  "A library of metrics on three levels, each with formula, window, threshold and coverage",
			Slices:   []string{"metric", "measure/health"},
			Measures: []Measure{{Key: "health_score"}},
			Tests: []string{
				"metric.TestComparatorsAreExact",
				"metric.TestWhatIsNotJudgedSaysWhy",
				"metric.TestAValueSaysEverythingInJSON",
			},
		},
		{
			ID: "6.activity", Kind: TableRow, Status: Built,
			Text:    "基础活跃度 | 日均发言量、成员增长率 | 发言量>15条/日,增长>3%/周",
			English: "Basic activity: valid messages a day and weekly growth of members",
			Slices:  []string{"activity", "measure/health"},
			Measures: []Measure{
				{"daily_messages", Above, 15, PerDay},
				{"member_growth", Above, 0.03, Ratio},
			},
			Tests: []string{
				"measure/health.TestA6DailyMessages",
				"measure/health.TestA6MemberGrowth",
				"measure/health.TestTransfersBetweenOwnGroupsNetToZero",
				"measure/health.TestGrowthFromNothingIsUnknown",
				"activity.TestARepeatWithinSixtySecondsIsNotValid",
				"activity.TestTheOrderOfArrivalDoesNotMatter",
			},
		},
		{
			ID: "6.influence", Kind: TableRow, Status: Missing,
			Text:    "内容影响力 | 收藏转发率、话题参与度 | 收藏率>8%,参与率>40%",
			English: "Influence of content: saves, forwards, and the share that takes part in a topic",
			Slices:  []string{"measure/health", "content/library", "content/topic"},
			Measures: []Measure{
				{"save_rate", Above, 0.08, Ratio},
				{Key: "forward_rate"},
				{"participation_rate", Above, 0.40, Ratio},
			},
		},
		{
			ID: "6.conversion", Kind: TableRow, Status: Missing,
			Text:    "转化效能 | 点击转化率、订单关联率 | 转化率>12%,关联率>25%",
			English: "Conversion: what clickers buy, and the share of orders that the community touched",
			Slices:  []string{"measure/attribution"},
			Measures: []Measure{
				{"click_conversion_rate", Above, 0.12, Ratio},
				{"order_attribution_rate", Above, 0.25, Ratio},
			},
		},
		{
			ID: "6.fresh_food_case", Kind: Claim, Status: Missing,
			Text:     `某生鲜社群通过监测"菜谱教程"类内容的点击转化数据,优化商品推荐策略,使关联订单量提升170%。`,
			English:  "Orders by category of content, before and after the recommendation changed",
			Slices:   []string{"measure/attribution"},
			Measures: []Measure{{"attributed_orders_growth", Reported, 1.70, Ratio}},
		},
	}}
}

func risk() Section {
	return Section{Number: 7, Title: "风险控制方案", English: "Risk", Wing: "risk", Rows: []Row{
		{
			ID: "7.four_risks", Kind: Demand, Status: Missing,
			Text:    "社群运营需防范四大风险:",
			English: "Four risks on one page; the article's table lists three of them",
			Slices:  []string{"risk/leakguard", "risk/incident", "risk/agreement", "risk/review"},
		},
		{
			ID: "7.leak", Kind: TableRow, Status: Missing,
			Text:     "信息泄露风险 | 禁用地理位置共享、敏感文件加密传输 | 某金融社群因位置共享引发诈骗事件",
			English:  "Leaks: shared positions and personal data are found and handled, sensitive files travel encrypted",
			Slices:   []string{"risk/leakguard"},
			Measures: []Measure{{"location_response_time", Below, 300, Seconds}},
		},
		{
			ID: "7.opinion", Kind: TableRow, Status: Missing,
			Text:     "舆论失控风险 | 建立三级预警机制(提醒-禁言-解散) | 某品牌社群因负面评价扩散导致公关危机",
			English:  "Public opinion: alerts on three levels, from reminder over mute to a proposal to dissolve",
			Slices:   []string{"risk/incident"},
			Measures: []Measure{{Key: "incident_response_time"}},
		},
		{
			ID: "7.compliance", Kind: TableRow, Status: Missing,
			Text:     "合规运营风险 | 定期清理广告账号、签订电子协议 | 微商社群因代理纠纷被举报处罚",
			English:  "Compliance: advertising accounts are cleared out, agreements are signed electronically",
			Slices:   []string{"risk/agreement", "risk/review"},
			Measures: []Measure{{Key: "agreement_signing_rate"}},
		},
		{
			ID: "7.assets", Kind: Inferred, Status: Partial,
			Remains: "banned accounts, the age of the backup, and both as figures; groups without a deputy and owners of too many are found",
			Text:    "账号与资产风险(文章未列出, 系统补充)",
			English: "Accounts and assets, the fourth risk: a banned account, an owner who leaves, data that is lost",
			Slices:  []string{"desk", "risk/review"},
			Measures: []Measure{
				{"backup_age", Below, 86400, Seconds},
				{"groups_without_deputy", AtMost, 0, Count},
			},
			Tests: []string{
				"desk.TestFindingsNameEveryQuestion",
			},
		},
		{
			ID: "7.review", Kind: Demand, Status: Missing,
			Text:     "建议每月进行合规审查,使用专业工具检测僵尸粉比例,将异常账号占比控制在3%以下。",
			English:  "A monthly review with the share of dormant, advertising, duplicate and deactivated accounts",
			Slices:   []string{"risk/review"},
			Measures: []Measure{{"abnormal_account_rate", AtMost, 0.03, Ratio}},
		},
	}}
}

func comparison() Section {
	return Section{Number: 8, Title: "案例对比分析", English: "Comparison of cases", Wing: "compare", Rows: []Row{
		{
			ID: "8.cases", Kind: Demand, Status: Missing,
			Text:    "通过成功与失败案例对比提炼运营精髓:",
			English: "A casebook that one's own groups are laid beside",
			Slices:  []string{"compare/casebook"},
		},
		{
			ID: "8.positive", Kind: TableRow, Status: Missing,
			Text:    "正向案例(知识付费社群) | 专家直播+作业批改+结业证书 | 完课率92%,续费转化率67%",
			English: "Paid courses: expert sessions, reviewed assignments, certificates",
			Slices:  []string{"compare/course"},
			Measures: []Measure{
				{"completion_rate", Reported, 0.92, Ratio},
				{"renewal_rate", Reported, 0.67, Ratio},
			},
		},
		{
			ID: "8.negative", Kind: TableRow, Status: Missing,
			Text:    "反向案例(团购优惠群) | 单纯推送优惠+缺乏互动设计 | 3个月内退群率高达89%",
			English: "The group of mere offers: its pattern is recognised while there is time to change it",
			Slices:  []string{"compare/casebook", "measure/retention"},
			Measures: []Measure{
				{"exit_rate_90d", Reported, 0.89, Ratio},
				{Key: "promotion_share"},
			},
		},
		{
			ID: "8.benchmark", Kind: TableRow, Status: Missing,
			Text:     "对标案例(竞品行业群) | 定期调研+个性化内容匹配+KOL培育 | 用户满意度领先行业均值45%",
			English:  "The benchmark: regular surveys, content matched to interests, opinion leaders brought up",
			Slices:   []string{"compare/survey", "create/tier"},
			Measures: []Measure{{"satisfaction_lead", Reported, 0.45, Ratio}},
		},
		{
			ID: "8.lifespan", Kind: Claim, Status: Missing,
			Text:     "数据表明,具备完整运营体系的社群生命周期普遍延长3-5倍,且商业价值转化率提升显著。",
			English:  "Groups with a complete system live longer: survival curves with and without it",
			Slices:   []string{"measure/lifecycle", "compare/casebook"},
			Measures: []Measure{{"group_lifespan_multiple", Reported, 3, Times}},
		},
		{
			ID: "8.mother_baby_case", Kind: Claim, Status: Missing,
			Text:    `某头部母婴社群通过建立"专家问答-成长记录-同城活动"三维体系,实现年营收破亿的行业标杆。`,
			English: "Expert answers, growth records and local events as one system",
			Slices:  []string{"govern/helpdesk", "compare/circle"},
		},
	}}
}

func conclusion() Section {
	return Section{Number: 9, Title: "结语", English: "Conclusion", Rows: []Row{
		{
			ID: "9.position", Kind: Demand, Status: Partial,
			Remains: "tags, and what a member was reached with; groups, stays and doors of each member are kept",
			Text:    "在数字化浪潮下,微信群的运营已从简单的沟通工具演变为系统化的用户经营阵地。",
			English: "A group is a place where relations are managed, so there is a record of each member",
			Slices:  []string{"community", "desk"},
			Tests: []string{
				"desk.TestMembersAndMovesInWords",
				"community.TestFoldDoesNotDependOnOrder",
			},
		},
		{
			ID: "9.iteration", Kind: Demand, Status: Missing,
			Text:    "创建者需兼具产品经理思维与社区运营智慧,既要通过精准定位构建差异化价值,又要借助数据驱动实现精细化迭代。",
			English: "Every action is marked on the charts, with before and after against a control",
			Slices:  []string{"plan/positioning", "measure/health"},
		},
		{
			ID: "9.automation", Kind: Demand, Status: Missing,
			Text:    "未来社群发展将呈现三大趋势:智能化管理工具深度应用",
			English: "First trend: assistance by language models, labelled, checked by people, off by default",
			Slices:  []string{"content/edition", "content/lecture"},
		},
		{
			ID: "9.omo", Kind: Demand, Status: Missing,
			Text:     "OMO场景深度融合",
			English:  "Second trend: online and offline as one, by shop codes and check-in at events",
			Slices:   []string{"create/livecode", "compare/circle"},
			Measures: []Measure{{Key: "check_in_rate"}},
		},
		{
			ID: "9.circle", Kind: Demand, Status: Missing,
			Text:    "圈层文化价值持续放大",
			English: "Third trend: a culture of one's own, by badges, anniversaries and a dictionary of the group's words",
			Slices:  []string{"compare/circle", "govern/points"},
		},
		{
			ID: "9.two_models", Kind: Demand, Status: Missing,
			Text:     `运营者应建立"用户生命周期管理+商业价值挖掘"的双重模型`,
			English:  "Two models: the life cycle of a member, and what a member is worth",
			Slices:   []string{"measure/lifecycle"},
			Measures: []Measure{{Key: "rfm_segment"}, {Key: "ltv"}},
		},
		{
			ID: "9.warmth", Kind: Demand, Status: Missing,
			Text:    "在保持社群温度的同时",
			English: "Warmth: questions left unanswered, members who answer members, hours to a newcomer's first reply",
			Slices:  []string{"measure/health", "govern/helpdesk"},
			Measures: []Measure{
				{Key: "unanswered_question_share"},
				{Key: "member_reply_share"},
				{Key: "newcomer_first_reply_time"},
			},
		},
		{
			ID: "9.monetisation", Kind: Demand, Status: Missing,
			Text:     "探索可持续的变现路径。",
			English:  "Earning that lasts: cost and margin of each group",
			Slices:   []string{"measure/attribution", "measure/lifecycle"},
			Measures: []Measure{{Key: "group_margin"}},
		},
		{
			ID: "9.real_needs", Kind: Demand, Status: Missing,
			Text:     "只有真正解决用户需求、创造实质价值,才能在激烈的私域竞争中构建长效竞争力,最终实现从流量聚合到品牌共生的跃迁。",
			English:  "Needs that are really met: questions solved, and members who say so",
			Slices:   []string{"govern/helpdesk", "compare/survey"},
			Measures: []Measure{{Key: "first_resolution_rate"}, {Key: "nps"}},
		},
	}}
}
