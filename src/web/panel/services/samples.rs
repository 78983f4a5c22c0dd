//! The pages of services with invented rows.
use super::{
    domains_view::{DomainCard, DomainsPage, Place},
    settings_view::{ReviewPage, SettingsPage},
    uptime_view::UptimePage,
    view::{self as services, ContractCard, ContractFacts, Facts, Price, ServiceCard, ServiceRow, Step, Work},
};
use crate::{
    domain::{
        provisioning::{
            environment::{Difference, Environment, Setting},
            uptime::{DayView, OutageView, SHOWN_DAYS, Uptime},
        },
        subscriptions::{self, SubscriptionView},
    },
    integrations::drivers::{
        Capabilities,
        service_template::{Parameter, testing::n8n_with},
    },
    kernel::locale::Lang,
    web::{
        form_errors::FormErrors,
        frame::{Frame, Theme},
        panel::{
            change,
            samples::{contract, frame},
        },
    },
};
use askama::Template;
use chrono::{DateTime, Days, Duration, Utc};
use entity::{
    provisioning::{custom_domain, instance, trouble},
    value::*,
};
use serde_json::json;
use std::collections::{BTreeMap, HashMap};

pub(super) fn running(
    now: DateTime<Utc>,
    view: &SubscriptionView,
    status: InstanceStatus,
    name: &str,
) -> instance::Model {
    instance::Model {
        id: InstanceId::generate(),
        customer_id: "cus_1".into(),
        tenant_id: None,
        subscription_id: view.subscription.id.clone(),
        product_id: view.product.id.clone(),
        cluster_id: Some("clu_1".into()),
        driver: "kubernetes".into(),
        service_template_id: None,
        name: name.into(),
        host: Some(format!("{name}.apps.example.id")),
        url: Some(format!("https://{name}.apps.example.id")),
        status,
        health: (status == InstanceStatus::Running).then_some(Health::Ok),
        reason: (status == InstanceStatus::Error).then(|| json!({"code": "image_pull", "detail": "ErrImagePull"})),
        parameters: json!({}),
        parameters_revision: 0,
        parameters_before: None,
        secrets_sealed: String::new(),
        cpu_milli: 500,
        memory_mb: 1024,
        storage_gb: 5,
        restart_revision: 0,
        status_since: now - Duration::days(9) - Duration::minutes(73),
        observed_at: Some(now),
        terminated_at: None,
        created_at: now - Duration::days(9),
        updated_at: now,
    }
}

fn work(now: DateTime<Utc>, action: TaskAction, status: TaskStatus) -> Work {
    let names = ["place", "namespace", "policies", "secrets", "volume", "companions", "workload", "health", "ingress"];
    let reached = if status == TaskStatus::Succeeded { names.len() } else { 5 };
    let steps = names.iter().enumerate().map(|(place, name)| Step {
        name: (*name).to_owned(),
        status: match place {
            place if place < reached => StepStatus::Done,
            place if place > reached => StepStatus::Pending,
            _ if status == TaskStatus::Failed => StepStatus::Failed,
            _ => StepStatus::Waiting,
        },
        reason: (place == reached).then(|| "volume_pending".to_owned()),
        started_at: (place <= reached).then(|| now - Duration::seconds(40 - 4 * place as i64)),
        finished_at: (place < reached).then(|| now - Duration::seconds(38 - 4 * place as i64)),
    });
    Work {
        action,
        status,
        by: "user:usr_1".into(),
        steps: steps.collect(),
        created_at: now - Duration::seconds(44),
        finished_at: (status == TaskStatus::Succeeded).then(|| now - Duration::seconds(3)),
    }
}

/// What a service in trouble has behind it.
fn troubles(now: DateTime<Utc>) -> Vec<trouble::Model> {
    let rows = [
        ("image_pull", "Failed", 14, 9 * 24 * 60 + 73),
        ("no_room", "FailedScheduling", 3, 9 * 24 * 60 + 90),
        ("not_answering", "Unhealthy", 1, 9 * 24 * 60 + 120),
    ];
    let row = |(code, word, times, minutes): (&str, &str, i64, i64)| trouble::Model {
        id: InstanceTroubleId::generate(),
        instance_id: "ins_1".into(),
        code: code.into(),
        word: word.into(),
        detail: "never shown here".into(),
        about: "Pod n8n-7k3f9q-5c".into(),
        times,
        first_at: now - Duration::minutes(minutes),
        last_at: now - Duration::minutes(minutes),
    };
    rows.into_iter().map(row).collect()
}

const CAN: Capabilities = Capabilities {
    stop: true,
    restart: true,
    resize: true,
    reconfigure: true,
    logs: true,
    metrics: true,
    backup: false,
    domains: true,
};

fn service(
    frame: &Frame,
    view: &SubscriptionView,
    instance: Option<&instance::Model>,
    work: Option<&Work>,
    troubles: &[trouble::Model],
    tab: &'static str,
) -> ServiceCard {
    let id = InvoiceId("inv_1".into());
    let unpaid = !view.is_waiting
        && matches!(view.subscription.status, SubscriptionStatus::Pending | SubscriptionStatus::Suspended);
    let unpaid = unpaid.then_some(&id);
    let facts = Facts { view, instance, work, troubles, unpaid, can: Some(CAN), may_operate: true, may_pay: true };
    ServiceCard::build(frame, &facts, tab)
}

fn contract_card(frame: &Frame, view: &SubscriptionView, balance_minor: i64) -> ContractCard {
    let price = Price { net_minor: 50_000, tax_minor: 5_500, total_minor: 55_500, tax_included: balance_minor == 0 };
    let facts = ContractFacts {
        view,
        next: match view.is_waiting {
            true => Some(subscriptions::NextEvent { what: "refund", at: frame.now + Duration::days(6) }),
            false => subscriptions::next_event(&view.subscription),
        },
        price,
        renewal_minor: price.total_minor,
        coupon: (balance_minor == 0).then(|| subscriptions::discount::Next {
            code: "HEMAT20".into(),
            discount_minor: 12_500,
            renewals_left: Some(2),
        }),
        tax_label: Some("PPN 11%"),
        balance_minor,
        credit_limit_minor: 0,
        auto_debit: true,
        backs_up: balance_minor == 0,
        skipped: ["wallet_short", "breaker"]
            .into_iter()
            .map(|reason| subscriptions::skipped::Skipped {
                step: "debit".into(),
                reason: reason.into(),
                first_at: frame.now - Duration::days(3),
                last_at: frame.now,
                note: None,
            })
            .collect(),
        can_change: true,
        may_pay: true,
        may_cancel: true,
    };
    ContractCard::build(frame, facts)
}

/// Questions of every kind, beside those of n8n.
const QUESTIONS: &str = r#"
[[param]]
key = "token"
type = "password"
label = { id = "Token API untuk layanan pihak ketiga yang dihubungi secara berkala", en = "API token" }
default = ""
edit = "always"
[[param]]
key = "notes"
type = "text"
label = { id = "Catatan", en = "Notes" }
default = ""
edit = "always"
[[param]]
key = "is_open"
type = "bool"
label = { id = "Pendaftaran terbuka", en = "Open registration" }
default = "true"
edit = "always"
[[param]]
key = "size"
type = "enum"
label = { id = "Ukuran", en = "Size" }
default = "small"
options = ["small", "large"]
edit = "always"
[[param]]
key = "region"
type = "string"
label = { id = "Wilayah", en = "Region" }
default = "<script>alert('x')</script>"
edit = "create"
"#;

fn environment(may_change_now: bool) -> Environment {
    let template = n8n_with(QUESTIONS);
    let setting = |parameter: &Parameter| Setting {
        value: (!parameter.is_secret()).then(|| parameter.default.clone()),
        is_set: parameter.is_secret() || !parameter.default.is_empty(),
        may_change: parameter.key != "region",
        parameter: parameter.clone(),
    };
    Environment { revision: 4, may_change_now, settings: template.parameters().iter().map(setting).collect() }
}

/// The settings of a service: to be changed, refused, only to be looked at, none; and the question before a change.
fn settings(frame: &Frame, card: impl Fn() -> ServiceCard) -> Vec<(String, String)> {
    let nothing = Environment { revision: 0, may_change_now: true, settings: Vec::new() };
    let mut wrong = FormErrors::none();
    wrong.add("values.history_hours", frame.t("parameter-error-out_of_range"));
    wrong.add("values.size", frame.t("parameter-error-option"));
    let typed = BTreeMap::from([("history_hours".to_owned(), "0".to_owned())]);
    let mut pages: Vec<_> = [
        ("open", environment(true), true, FormErrors::none()),
        ("refused", environment(true), true, wrong),
        ("reader", environment(true), false, FormErrors::none()),
        ("not-now", environment(false), true, FormErrors::none()),
        ("none", nothing, true, FormErrors::none()),
    ]
    .into_iter()
    .map(|(word, environment, may_operate, errors)| {
        let page = SettingsPage::build(frame.clone(), card(), &environment, may_operate, &typed, errors);
        (format!("service-settings-{word}"), page.render().unwrap())
    })
    .collect();
    let differences: Vec<_> = environment(true)
        .settings
        .into_iter()
        .map(|setting| Difference {
            before: setting.value,
            after: (!setting.parameter.is_secret()).then(|| "Asia/Makassar".to_owned()),
            parameter: setting.parameter,
        })
        .collect();
    for status in [InstanceStatus::Running, InstanceStatus::Stopped] {
        let view = contract(frame.now, SubscriptionStatus::Active, "n8n");
        let row = running(frame.now, &view, status, "n8n-7k3f9q");
        let page = ReviewPage::build(frame.clone(), &row, &differences, "k1.c2VhbGVk".into());
        pages.push((format!("service-settings-review-{}", status.as_str()), page.render().unwrap()));
    }
    pages
}

/// Names in every state.
fn domains(frame: &Frame) -> Vec<custom_domain::Model> {
    use CustomDomainFailure as Failure;
    let long = "cabang-surabaya-timur.toko-oleh-oleh-khas-nusantara-bersama.example.id";
    let rows = [
        ("toko.example.id", CustomDomainStatus::Pending, None),
        (long, CustomDomainStatus::Pending, Some(Failure::ProofNoName)),
        ("example.id", CustomDomainStatus::Proven, Some(Failure::PointsElsewhere)),
        ("www.example.id", CustomDomainStatus::Active, None),
        ("blog.example.id", CustomDomainStatus::Failing, Some(Failure::ProofMissing)),
    ];
    let row = |(host, status, failure): (&str, CustomDomainStatus, Option<Failure>)| custom_domain::Model {
        id: CustomDomainId::generate(),
        instance_id: "ins_1".into(),
        customer_id: "cus_1".into(),
        host: host.into(),
        status,
        token: "k3Jx92mQpLw7Rt5vk3Jx92mQpLw7Rt5vk3Jx92mQpLw".into(),
        failure,
        checks: 1,
        proven_host: None,
        open_key: None,
        proven_at: None,
        routed_at: None,
        failing_since: (status == CustomDomainStatus::Failing).then(|| frame.now - Duration::days(2)),
        checked_at: (host != "toko.example.id").then(|| frame.now - Duration::minutes(3)),
        next_check_at: None,
        asked_at: None,
        is_published: false,
        publish_after: None,
        removed_at: None,
        created_at: frame.now,
        updated_at: frame.now,
    };
    rows.into_iter().map(row).collect()
}

/// Uptime with every look a day can have, an outage that is over and one that lasts; and of a service that is new.
fn uptime(frame: &Frame, is_new: bool) -> Uptime {
    let today = business_day(frame.now);
    let days = (0..SHOWN_DAYS).rev().map(|back| {
        let (up_seconds, down_seconds, unknown_seconds) = match (is_new, back) {
            (true, _) | (false, 20..) => (0, 0, 0),
            (false, 12) => (0, 0, 86_400),
            (false, 7) => (70_000, 16_400, 0),
            (false, 3) => (86_300, 100, 0),
            _ => (86_400, 0, 0),
        };
        let day = today - Days::new(back);
        DayView { day, up_seconds, down_seconds, unknown_seconds, longest_seconds: down_seconds / 2 }
    });
    let over = OutageView { began_at: frame.now - Duration::days(7), ended_at: Some(frame.now - Duration::days(6)) };
    let lasting = OutageView { began_at: frame.now - Duration::seconds(90), ended_at: None };
    Uptime {
        state: (!is_new).then_some(UptimeState::Down),
        days: days.collect(),
        since: (!is_new).then(|| today - Days::new(19)),
        outages: if is_new { Vec::new() } else { vec![lasting, over] },
        promised_bp: (!is_new).then_some(9_990),
    }
}

/// Every page of a service and the list, in every state.
pub(in crate::web::panel) fn pages(lang: Lang, theme: Theme) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    let long = "Otomasi Pengiriman Pesanan Antarcabang Nusantara Bersama";
    for (word, status, running_as, done) in [
        ("running", SubscriptionStatus::Active, Some(InstanceStatus::Running), TaskStatus::Succeeded),
        ("provisioning", SubscriptionStatus::Active, Some(InstanceStatus::Provisioning), TaskStatus::Running),
        ("error", SubscriptionStatus::Active, Some(InstanceStatus::Error), TaskStatus::Failed),
        ("suspended", SubscriptionStatus::Suspended, Some(InstanceStatus::Suspended), TaskStatus::Succeeded),
        ("stopped", SubscriptionStatus::Cancelled, Some(InstanceStatus::Stopped), TaskStatus::Succeeded),
        ("unpaid", SubscriptionStatus::Pending, None, TaskStatus::Queued),
        ("waiting", SubscriptionStatus::Suspended, Some(InstanceStatus::Suspended), TaskStatus::Succeeded),
    ] {
        let frame = frame(lang, theme, "/panel/services/ins_1");
        let mut view = contract(frame.now, status, if word == "stopped" { long } else { "n8n" });
        view.is_waiting = word == "waiting";
        if view.is_waiting {
            view.holds.iter_mut().for_each(|hold| hold.reason = HoldReason::Capacity);
        }
        let row = running_as.map(|status| running(frame.now, &view, status, "n8n-7k3f9q"));
        let work = work(frame.now, TaskAction::Create, done);
        let known = if word == "error" { troubles(frame.now) } else { Vec::new() };
        let page = services::ShowPage {
            service: service(&frame, &view, row.as_ref(), row.as_ref().map(|_| &work), &known, "overview"),
            contract: contract_card(&frame, &view, if word == "running" { 200_000 } else { 20_000 }),
            under_way: match word {
                "running" => Some(change::samples::under_way(&frame)),
                "stopped" => Some(change::samples::scheduled(&frame)),
                _ => None,
            },
            events: match row {
                Some(_) => vec![services::EventLine::of_work(&frame, &work, "Budi Santoso".into())],
                None => Vec::new(),
            },
            frame,
        };
        pages.push((format!("service-{word}"), page.render().unwrap()));
    }
    let frame = frame(lang, theme, "/panel/services/ins_1");
    let view = contract(frame.now, SubscriptionStatus::Active, "n8n");
    let row = running(frame.now, &view, InstanceStatus::Running, "n8n-7k3f9q");
    let done = work(frame.now, TaskAction::Create, TaskStatus::Succeeded);
    let activity = services::ActivityPage {
        service: service(&frame, &view, Some(&row), Some(&done), &[], "activity"),
        events: vec![
            services::EventLine::of_work(
                &frame,
                &work(frame.now, TaskAction::Restart, TaskStatus::Succeeded),
                "Budi Santoso".into(),
            ),
            services::EventLine::of_work(&frame, &done, frame.t("panel-by-system")),
        ],
        next: "/panel/services/ins_1/activity?cursor=x".into(),
        frame: frame.clone(),
    };
    pages.push(("service-activity".into(), activity.render().unwrap()));
    let names = domains(&frame);
    for (word, rows) in [("service-domains", names.as_slice()), ("service-domains-empty", &names[..0])] {
        let place = Place {
            host: "n8n-7k3f9q.apps.example.id".into(),
            addresses: vec!["203.0.113.7".into(), "2001:db8::7".into()],
            has_certificates: rows.is_empty(),
            takes_names: true,
            is_running: true,
        };
        let page = DomainsPage {
            service: service(&frame, &view, Some(&row), Some(&done), &[], "domains"),
            domains: rows.iter().map(|row| DomainCard::build(&frame, row, &place, true)).collect(),
            add_url: rows.is_empty().then(|| "/panel/services/ins_1/domains".into()),
            is_full: !rows.is_empty(),
            is_open: !place.has_certificates,
            host: String::new(),
            errors: FormErrors::none(),
            frame: frame.clone(),
        };
        pages.push((word.into(), page.render().unwrap()));
    }
    for (word, is_new, has_address) in
        [("service-uptime", false, true), ("service-uptime-empty", true, true), ("service-uptime-inside", true, false)]
    {
        let card = service(&frame, &view, Some(&row), Some(&done), &[], "uptime");
        let page = UptimePage::build(frame.clone(), card, &uptime(&frame, is_new), has_address);
        pages.push((word.into(), page.render().unwrap()));
    }
    let line = |seconds: i64, text: &str| services::LogRow {
        at: frame.now - Duration::seconds(seconds),
        clock: "16.24.00".into(),
        container: "app".into(),
        text: text.into(),
    };
    let logs = services::LogView {
        url: "/panel/services/ins_1/logs".into(),
        download_url: "/panel/services/ins_1/logs.txt".into(),
        follow_url: "/panel/services/ins_1/logs/live".into(),
        follows: true,
        note: frame.ta("panel-logs-note-tail", [("n", 3)]),
        lines: vec![
            line(9, "n8n ready on 0.0.0.0, port 5678"),
            line(5, "<script>alert('x')</script> \u{202e}evil"),
            line(1, &"Editor is now accessible via https://n8n-7k3f9q.apps.example.id ".repeat(4)),
        ],
        ..services::LogView::default()
    };
    let card = || service(&frame, &view, Some(&row), Some(&done), &[], "logs");
    let page = services::LogsPage { service: card(), logs, frame: frame.clone() };
    pages.push(("service-logs".into(), page.render().unwrap()));
    let trouble = services::LogView {
        url: "/panel/services/ins_1/logs".into(),
        download_url: "/panel/services/ins_1/logs.txt".into(),
        trouble: Some(frame.t("panel-logs-unavailable")),
        ..services::LogView::default()
    };
    let page = services::LogsPage { service: card(), logs: trouble, frame: frame.clone() };
    pages.push(("service-logs-trouble".into(), page.render().unwrap()));
    let failed = work(frame.now, TaskAction::Reconfigure, TaskStatus::Failed);
    pages.extend(settings(&frame, || service(&frame, &view, Some(&row), Some(&failed), &[], "settings")));
    let credentials = services::CredentialsCard {
        url: "https://n8n-7k3f9q.apps.example.id/signin".into(),
        username: "budi@example.test".into(),
        password: "k3Jx-92mQ-pLw7-Rt5v".into(),
        back: "/panel/services/ins_1".into(),
    };
    let page = services::CredentialsPage { frame: frame.clone(), credentials };
    pages.push(("service-credentials".into(), page.render().unwrap()));
    let list = |views: &[(SubscriptionView, Option<instance::Model>)]| services::IndexPage {
        frame: Frame { path: "/panel/services".into(), ..frame.clone() },
        rows: views.iter().map(|(view, row)| ServiceRow::build(&frame, view, row.as_ref())).collect(),
        next: String::new(),
    };
    pages.push(("services-empty".into(), list(&[]).render().unwrap()));
    let (views, instances) = fleet(frame.now);
    let pairs: Vec<_> =
        views.into_iter().map(|view| (view.clone(), instances.get(&view.subscription.id).cloned())).collect();
    pages.push(("services".into(), list(&pairs).render().unwrap()));
    pages
}

/// Contracts in every state, with their instances.
pub(in crate::web::panel) fn fleet(
    now: DateTime<Utc>,
) -> (Vec<SubscriptionView>, HashMap<SubscriptionId, instance::Model>) {
    let mut instances = HashMap::new();
    let mut views = Vec::new();
    for (name, status, at) in [
        ("n8n", SubscriptionStatus::Active, Some(InstanceStatus::Running)),
        ("Ghost", SubscriptionStatus::Active, Some(InstanceStatus::Provisioning)),
        ("WordPress untuk Toko Oleh-Oleh Khas Nusantara", SubscriptionStatus::Active, Some(InstanceStatus::Error)),
        ("n8n", SubscriptionStatus::Suspended, Some(InstanceStatus::Suspended)),
        ("Ghost", SubscriptionStatus::Pending, None),
    ] {
        let view = contract(now, status, name);
        if let Some(at) = at {
            let label = format!("svc-{}", views.len());
            instances.insert(view.subscription.id.clone(), running(now, &view, at, &label));
        }
        views.push(view);
    }
    (views, instances)
}
