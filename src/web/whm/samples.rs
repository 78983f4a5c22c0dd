//! The shapes of WHM with empty, typical and extreme contents, rendered to `tests/output/` to be looked at.
use super::{
    billing_day, books, clusters, customers,
    dashboard::DashboardPage,
    differences, disputes, instances, invoices, jobs, mail, nodes, orders, orphans, payments, payouts, plans,
    query::ListQuery,
    receipts, settings, settlement_lines, settlements, setup, staff, subscriptions, take_over_view, tasks, tax_rules,
    unallocated,
    view::{Action, Cell, DetailPage, Event, Field, FormPage, Kind, ListPage, Part, Step, Table},
};
use crate::{
    domain::{
        provisioning::{nodes::NodeView, orphans::OrphanView},
        reports::{
            deferred::{DeferredReport, Month},
            whm::WhmDashboard,
        },
        settings as stored,
    },
    integrations::{drivers, gateways},
    kernel::locale::Lang,
    web::{
        form_errors::FormErrors,
        frame::{Door, Frame, Theme},
        page_checks,
    },
};
use askama::Template;
use chrono::{Days, Duration};
use entity::{
    billing::tax_rule,
    platform::alert,
    provisioning::{cluster_node, node_drain, orphan, trouble},
    value::{ClusterNodeId, DrainStatus, InstanceStatus, InstanceTroubleId, Money, OrphanId},
};
use std::collections::{BTreeMap, HashMap};

pub(super) fn look<T: Template>(name: &str, make: impl Fn(Frame) -> T) {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/output");
    std::fs::create_dir_all(&folder).unwrap();
    for lang in Lang::ALL {
        for theme in [Theme::Light, Theme::Dark] {
            let frame = Frame { theme, is_demo: true, ..Frame::sample(Door::Whm, *lang) };
            let html = make(frame).render().unwrap();
            let file = format!("whm-{name}-{}-{}.html", theme.as_str(), lang.code());
            std::fs::write(folder.join(&file), &html).unwrap();
            assert_eq!(page_checks::problems(&html), Vec::<String>::new(), "{file}");
        }
    }
}

fn cells(frame: &Frame, place: i64) -> Vec<Cell> {
    let name = ["Toko Budi Jaya", "PT Nusantara Digital Kreasi Bersama Sejahtera Abadi", "<b>&"][place as usize % 3];
    vec![
        Cell::link(format!("INV/2026/{place:06}"), "/whm/invoices/inv_1"),
        Cell::link(name, "/whm/customers/cus_1"),
        Cell::Status("invoice-status", ["overdue", "paid", "void"][place as usize % 3]),
        Cell::Ago(frame.now - Duration::hours(place)),
        Cell::Posts(vec![(frame.t("action-retry"), "/whm/jobs/job_1/retry".into(), "secondary")]),
        Cell::Money(Money::idr(99_999_999_999 / (place + 1))),
    ]
}

fn table(frame: &Frame, rows: i64) -> Table {
    let columns = [
        (frame.t("whm-number"), "cell-main"),
        (frame.t("whm-customer"), "cell-sub"),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("whm-when"), ""),
        (frame.t("whm-act"), "cell-sub"),
        (frame.t("whm-total"), "cell-side num"),
    ];
    Table::new(frame.t("nav-invoices"), columns).with((0..rows).map(|place| cells(frame, place)))
}

fn list(frame: Frame, rows: i64, query: &ListQuery) -> ListPage {
    let ask = Action::ask(frame.t("whm-void"), frame.t("whm-void-text"), "void", "/x".into(), "ban").danger();
    ListPage {
        title: frame.t("nav-invoices"),
        subtitle: frame.t("whm-alerts-text"),
        actions: vec![Action::primary(frame.t("action-add"), "/x", "plus"), ask.type_this("pro \"<x>")],
        search: ("/whm/invoices".into(), "<\"q\">".into(), frame.t("whm-search-number")),
        chips: query.chips(&frame, "/whm/invoices", "invoice-status", &["issued", "overdue", "paid"]),
        table: table(&frame, rows),
        is_filtered: query.is_filtered(),
        home: "/whm/invoices".into(),
        is_later: query.cursor.is_some(),
        next: query.next("/whm/invoices", Some("abc")),
        frame,
    }
}

#[test]
fn lists_have_no_problems() {
    let later = ListQuery { status: Some("paid".into()), cursor: Some("x".into()), ..ListQuery::default() };
    look("list", |frame| list(frame, 40, &later));
    look("list-empty", |frame| list(frame, 0, &ListQuery::default()));
    look("list-no-match", |frame| list(frame, 0, &later));
}

#[test]
fn every_list_is_fine_when_empty() {
    let (query, none) = (ListQuery::default(), HashMap::new());
    look("customers", |frame| customers::list_page(frame, &query, Vec::new(), None));
    look("settlements", |frame| settlements::list_page(frame, &query, &[], 0, true, None));
    look("take-over", |frame| take_over_view::list_page(frame, &query, &[], None));
    look("take-over-new", |frame| take_over_view::NewPage::of(frame, "customers", ""));
    look("differences", |frame| differences::list_page(frame, &query, &[], &none, None));
    look("disputes", |frame| disputes::list_page(frame, &query, &[], &none, None));
    look("settlement-new", |frame| settlements::NewPage::of(frame, &[], ""));
    look("settlement-lines", |frame| settlement_lines::list_page(frame, &query, &[], None));
    look("not-paid-out", |frame| settlements::unpaid_page(frame, &query, &[], &none, &[], None));
    look("unallocated", |frame| unallocated::list_page(frame, &query, &[], None));
    look("payouts", |frame| payouts::list_page(frame, &query, &[], &none, None));
    look("payments", |frame| payments::list_page(frame, &query, Vec::new(), &none, None));
    look("receipts", |frame| receipts::list_page(frame, &query, &[], &none, &HashMap::new(), None));
    look("invoices", |frame| invoices::list_page(frame, &query, &[], &none, true, None));
    look("orders", |frame| orders::list_page(frame, &query, &[], &none, None));
    look("subscriptions", |frame| subscriptions::list_page(frame, &query, &[], &none, None));
    look("books", |frame| books::page(frame, None));
    look("books-periods", |frame| books::periods::page(frame, &books::periods::Facts::default()));
    look("books-deferred", |frame| books::deferred::page(frame, &DeferredReport::default()));
    let due = |place: i64| Month { month: format!("2027-{place:02}"), amount_minor: 999_999_999_999 / place };
    let report = DeferredReport {
        months: (1..=12).map(due).collect(),
        waiting_minor: 500_000,
        stopped_minor: -1,
        ledger_minor: 1,
    };
    look("books-deferred-many", |frame| books::deferred::page(frame, &report));
    look("books-openings", |frame| books::openings::page(frame, &books::openings::Facts::default()));
    look("billing-day", |frame| billing_day::page(frame, &billing_day::Facts::default(), true));
    look("instances", |frame| instances::list_page(frame, &query, &[], &none, None));
    look("tasks", |frame| {
        let rows = tasks::table(&frame, &[], &HashMap::new(), &none);
        tasks::list_page(frame, &query, rows, None)
    });
    look("plans", |frame| plans::list_page(frame, &query, &[], None));
    look("clusters", |frame| clusters::list_page(frame, &[], true));
    look("orphans", |frame| orphans::list_page(frame, &query, &[], true, None));
    look("jobs", |frame| jobs::list_page(frame, &query, &[], true, None));
    look("alerts", |frame| jobs::alerts_page(frame, &[], true));
    look("mail", |frame| mail::list_page(frame, &query, &[], true, None));
    look("suppressions", |frame| mail::suppressions_page(frame, &[], true));
    look("staff", |frame| staff::list_page(frame, &[], true));
    look("staff-new", |frame| staff::form_page(frame, &BTreeMap::new()));
    let today: chrono::NaiveDate = "2026-11-29".parse().unwrap();
    look("tax-rules", |frame| tax_rules::list_page(frame, today, &[], true));
    let rule = |id: &str, from: &str, until: Option<&str>| tax_rule::Model {
        id: id.into(),
        class: "standard".to_owned(),
        country_code: "ID".to_owned(),
        label: "PPN 12% <dengan sebutan yang amat panjang>".to_owned(),
        rate_num: 12,
        rate_den: 100,
        base_num: 11,
        base_den: 12,
        valid_from: from.parse().unwrap(),
        valid_until: until.map(|day| day.parse().unwrap()),
        created_at: "2026-11-29T03:00:00Z".parse().unwrap(),
    };
    let rules = [rule("txr_2", "2027-01-01", None), rule("txr_1", "2025-01-01", Some("2027-01-01"))];
    look("tax-rules-many", |frame| tax_rules::list_page(frame, today, &rules, true));
    look("tax-rule-new", |frame| tax_rules::form_page(frame, &BTreeMap::new()));
}

#[test]
fn a_thing_has_no_problems() {
    look("detail", |frame| {
        let ask =
            Action::ask(frame.t("whm-refund"), frame.t("whm-credit-text"), "refund", "/x".into(), "receipt-refund");
        let choice =
            vec![("wallet".to_owned(), frame.t("whm-refund-wallet")), ("bank".into(), frame.t("whm-refund-bank"))];
        let fields = vec![
            Field::number("amount", frame.t("whm-amount")).unit("Rp").value("50000"),
            Field::new("to", frame.t("whm-refund-to"), Kind::Choice(choice)),
            Field::new("note", frame.t("whm-note"), Kind::Long).optional(),
            Field::hidden("key", "k"),
        ];
        let event = |raw: &str| Event {
            at: frame.now,
            icon: "mail",
            tone: "warn",
            who: "Sari".into(),
            text: "Tagihan INV/2026/000001".into(),
            href: "/whm/invoices/inv_1".into(),
            amount: "Rp 55.500".into(),
            raw: raw.into(),
        };
        let step = |state| Step { label: frame.t("phase-volume"), state, note: "12 dtk".into() };
        DetailPage {
            title: "INV/2026/000001".into(),
            subtitle: "PT Nusantara".into(),
            back: "/whm/invoices".into(),
            back_label: frame.t("nav-invoices"),
            notice: ("warn", frame.t("whm-task-review")),
            actions: vec![Action::post(frame.t("action-retry"), "/x", "refresh"), ask.with(fields)],
            facts: vec![
                (frame.t("whm-status"), Cell::Status("payment-status", "pending")),
                (frame.t("whm-day"), Cell::Day(frame.now.date_naive())),
                ("ID".into(), Cell::Code("pay_01KAJ0000000000000000000".into())),
                (frame.t("whm-failure"), Cell::Nothing),
            ],
            parts: vec![
                Part::Rows(frame.t("whm-lines"), table(&frame, 3)),
                Part::Rows(frame.t("whm-refunds"), table(&frame, 0)),
                Part::Steps(frame.t("whm-steps"), vec![step("done"), step("running"), step("stuck"), step("pending")]),
                Part::History(frame.t("timeline-label"), vec![event(""), event("{\"a\": \"<script>\"}")]),
                Part::History(frame.t("timeline-label"), Vec::new()),
                Part::Raw(frame.t("whm-test-result"), "K3s v1.31 <ok>".repeat(40)),
            ],
            frame,
        }
    });
}

#[test]
fn forms_have_no_problems() {
    let settings = stored::Settings::default();
    let sections = [
        ("company", serde_json::to_value(&settings.company).unwrap()),
        ("tax", serde_json::to_value(&settings.tax).unwrap()),
        ("numbering", serde_json::to_value(&settings.numbering).unwrap()),
        ("billing", serde_json::to_value(&settings.billing).unwrap()),
        ("late-fees", serde_json::to_value(&settings.late_fees).unwrap()),
        ("books", serde_json::to_value(&settings.books).unwrap()),
        ("sales", serde_json::to_value(&settings.sales).unwrap()),
        ("wallet", serde_json::to_value(&settings.wallet).unwrap()),
    ];
    for (name, values) in &sections {
        look(&format!("settings-{name}"), |frame| settings::section_page(frame, name, values).unwrap());
    }
    for gateway in gateways::registry() {
        look("account", |frame| settings::account_page(frame, gateway.as_ref(), "/x".into(), &BTreeMap::new()));
        let offered = ["qris".to_owned()].into();
        look("ways", |frame| settings::ways_page(frame, gateway.as_ref(), "Utama", "/x", &offered));
    }
    for driver in drivers::registry() {
        let refused = |frame| -> FormPage {
            let page = clusters::form_page(frame, driver.as_ref(), &BTreeMap::new());
            let mut errors = FormErrors::none();
            for field in &page.fields {
                errors.add(&field.name, page.frame.t("field-required"));
            }
            page.refused(errors)
        };
        look("cluster-refused", refused);
    }
    for is_tested in [false, true] {
        let facts = stored::Facts { is_gateway_tested: is_tested, has_cluster: is_tested };
        let items = stored::checklist(&settings, &facts);
        look("setup", |frame| setup::page(frame, &items, is_tested, true));
    }
}

fn leftover(frame: &Frame, kind: &str, why: &str, is_going: bool) -> OrphanView {
    let row = orphan::Model {
        id: OrphanId::generate(),
        cluster_id: "clu_1".into(),
        kind: kind.into(),
        mark: "ins_01KXW3M4R7".into(),
        place: "user-01kxw3m4r7/n8n-7k3f9q".into(),
        what: "1 Deployment, 1 NetworkPolicy, 2 PersistentVolumeClaim, 3 Secret, 1 ServiceAccount".into(),
        objects: 8,
        why: why.into(),
        since: Some(frame.now - Duration::days(40)),
        found_at: frame.now - Duration::hours(9),
        seen_at: frame.now - Duration::minutes(12),
        removal_asked_at: is_going.then(|| frame.now - Duration::minutes(1)),
    };
    OrphanView { row, cluster: "Jakarta 1".into() }
}

#[test]
fn leftovers_have_no_problems() {
    let every = |frame: &Frame| {
        [("instance", "unknown", false), ("instance", "ended", true), ("customer", "empty", false)]
            .map(|(kind, why, is_going)| leftover(frame, kind, why, is_going))
    };
    look("orphans-some", |frame| {
        let rows = every(&frame);
        orphans::list_page(frame, &ListQuery::default(), &rows, true, Some("x"))
    });
    for place in 0..3 {
        look(&format!("orphan-{place}"), |frame| {
            let view = every(&frame)[place].clone();
            let mut page = orphans::detail_page(frame, &view);
            let action = orphans::removal(&page.frame, &view);
            page.actions.push(action);
            page
        });
    }
}

fn machine(frame: &Frame, name: &str, is_well: bool) -> cluster_node::Model {
    cluster_node::Model {
        id: ClusterNodeId::generate(),
        cluster_id: "clu_1".into(),
        name: name.into(),
        is_ready: is_well,
        unready_since: (!is_well).then(|| frame.now - Duration::minutes(7)),
        is_open: is_well,
        is_reserved: false,
        pressures: if is_well { String::new() } else { "memory disk pid".into() },
        cpu_milli: 7_500,
        memory_mb: 30_720,
        requested_cpu_milli: 6_100,
        requested_memory_mb: 12_345,
        used_cpu_milli: is_well.then_some(1_234),
        used_memory_mb: is_well.then_some(9_876),
        version: "v1.33.5+k3s1".into(),
        born_at: Some(frame.now - Duration::days(90)),
        pods: 42,
        instances: serde_json::json!(["ins_1", "ins_2"]),
        seen_at: frame.now - Duration::seconds(40),
    }
}

#[test]
fn machines_have_no_problems() {
    let long = "worker-with-a-rather-long-name.jakarta-selatan.example.internal";
    for (status, missing) in [
        (DrainStatus::Running, &[][..]),
        (DrainStatus::Late, &[][..]),
        (DrainStatus::Refused, &["patch nodes".to_owned(), "create pods/eviction".to_owned()][..]),
    ] {
        look(&format!("node-{status}"), |frame| {
            let row = machine(&frame, long, status == DrainStatus::Running);
            let drain = node_drain::Model {
                id: "drn_1".into(),
                cluster_id: row.cluster_id.clone(),
                node_id: row.id.clone(),
                node_name: row.name.clone(),
                status,
                open_key: None,
                moved: 3,
                remaining: 12_345,
                waits_for: Some("user-01kx/n8n-7k3f9q-5c9f: The disruption budget <b> needs 1 healthy pods".into()),
                requested_by: "staff:usr_1".into(),
                deadline_at: frame.now + Duration::minutes(20),
                ended_at: (status != DrainStatus::Running).then_some(frame.now),
                created_at: frame.now - Duration::minutes(10),
                updated_at: frame.now,
            };
            let others = u64::from(status == DrainStatus::Late);
            let view = NodeView { row, cluster: "Jakarta 1".into(), drain: Some(drain), others };
            let mut page = nodes::detail_page(frame, &view);
            nodes::offer(&mut page, &view, Some(missing));
            page
        });
    }
    look("nodes-rows", |frame| {
        let rows = [machine(&frame, "one", true), machine(&frame, long, false)];
        let table = nodes::table(&frame, &rows);
        DetailPage {
            title: "Jakarta 1".into(),
            subtitle: "jkt".into(),
            back: "/whm/clusters".into(),
            back_label: frame.t("nav-clusters"),
            notice: ("info", String::new()),
            actions: Vec::new(),
            facts: Vec::new(),
            parts: vec![Part::Rows(frame.t("whm-nodes"), table)],
            frame,
        }
    });
}

#[test]
fn what_went_wrong_with_an_instance_has_no_problems() {
    let row = |frame: &Frame, code: &str, word: &str, detail: &str| trouble::Model {
        id: InstanceTroubleId::generate(),
        instance_id: "ins_1".into(),
        code: code.into(),
        word: word.into(),
        detail: detail.into(),
        about: "Pod n8n-7k3f9q-5c9f".into(),
        times: 12_345,
        first_at: frame.now - Duration::hours(5),
        last_at: frame.now - Duration::minutes(2),
    };
    look("troubles", |frame| {
        let rows = [
            row(&frame, "no_room", "FailedScheduling", "0/3 nodes are available: 3 Insufficient memory."),
            row(&frame, "other", "SomethingNew", &"<script>alert('x')</script> ".repeat(12)),
        ];
        let table = instances::troubles_table(&frame, &rows);
        DetailPage {
            title: "n8n-7k3f9q".into(),
            subtitle: "PT Nusantara".into(),
            back: "/whm/instances".into(),
            back_label: frame.t("nav-instances"),
            notice: ("info", String::new()),
            actions: Vec::new(),
            facts: Vec::new(),
            parts: vec![Part::Rows(frame.t("whm-troubles"), table)],
            frame,
        }
    });
}

#[test]
fn the_dashboard_has_no_problems() {
    let dashboard = |frame: Frame, size: i64| {
        let today = frame.now.date_naive();
        let received = (0..14u64).rev().map(|back| (today - Days::new(back), size * (back as i64 % 5) * 1_375_500));
        let alarm = alert::Model {
            id: "alr_1".into(),
            code: "gateway_silent".into(),
            subject: "midtrans does not answer".into(),
            detail: "3 questions about YM-1 had no answer".into(),
            args: None,
            open_key: Some("k".into()),
            occurrences: 3,
            first_at: frame.now,
            last_at: frame.now,
            resolved_at: None,
        };
        let facts = WhmDashboard {
            received: received.collect(),
            open_minor: size * 12_345_678_901,
            open_count: size * 230,
            overdue_minor: size * 6_120_000,
            overdue_count: size,
            active_subscriptions: 1280,
            instances: if size > 0 {
                vec![(InstanceStatus::Running, 1200), (InstanceStatus::Error, 3)]
            } else {
                vec![]
            },
            failed_tasks: size,
            review_tasks: size,
            dead_jobs: 0,
            approvals: 0,
            unallocated: 0,
            alerts: if size > 0 { vec![alarm] } else { vec![] },
        };
        DashboardPage::new(frame, facts)
    };
    look("dashboard", |frame| dashboard(frame, 1));
    look("dashboard-empty", |frame| dashboard(frame, 0));
}
