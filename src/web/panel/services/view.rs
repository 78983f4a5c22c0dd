//! What the pages of services show.
use super::state::{self, TroubleLine};
use crate::{
    domain::{
        billing::Totals,
        subscriptions::{self, NextEvent, SubscriptionView, skipped::Skipped},
    },
    integrations::drivers::Capabilities,
    kernel::{format, locale},
    web::{filters, frame::Frame, panel::change::view::UnderWay, public::shop::view::icon_of, tone::Tone},
};
use askama::Template;
use chrono::{DateTime, Utc};
use entity::{
    provisioning::{instance, trouble},
    value::{Cycle, InstanceStatus, InvoiceId, Money, StepStatus, SubscriptionStatus, TaskAction, TaskStatus, in_wib},
};

/// A service in a list.
pub struct ServiceRow {
    pub href: String,
    pub icon: &'static str,
    /// Nothing runs for it any more, and nothing will.
    pub is_over: bool,
    pub name: String,
    pub plan: String,
    pub family: &'static str,
    pub word: &'static str,
    pub sentence: String,
    pub next: Option<String>,
    pub url: Option<String>,
}

impl ServiceRow {
    /// A contract and what runs for it, as one line.
    pub fn build(frame: &Frame, view: &SubscriptionView, instance: Option<&instance::Model>) -> Self {
        let (family, word) = state::badge(view, instance);
        Self {
            href: href_of(view, instance),
            icon: icon_of(&view.product),
            is_over: view.subscription.status == SubscriptionStatus::Terminated,
            name: label_of(view, instance),
            plan: view.plan.name.clone(),
            family,
            word,
            sentence: state::sentence(frame, view, instance, None),
            next: next_short(frame, view),
            url: instance.filter(|row| row.status == InstanceStatus::Running).and_then(|row| row.url.clone()),
        }
    }
}

/// The page of a contract: its service's, once there is one.
pub fn href_of(view: &SubscriptionView, instance: Option<&instance::Model>) -> String {
    match instance {
        Some(instance) => format!("/panel/services/{}", instance.id),
        None => format!("/panel/subscriptions/{}", view.subscription.id),
    }
}

/// Product and, once it is known, the short name that tells two of a kind apart.
fn label_of(view: &SubscriptionView, instance: Option<&instance::Model>) -> String {
    match instance {
        Some(instance) => format!("{} · {}", view.product.name, instance.name),
        None => match view.subscription.elsewhere.as_deref() {
            Some(place) if !place.is_empty() => format!("{} · {place}", view.product.name),
            _ => view.product.name.clone(),
        },
    }
}

fn next_short(frame: &Frame, view: &SubscriptionView) -> Option<String> {
    let event = subscriptions::next_event(&view.subscription)?;
    let date = format::day(in_wib(event.at).date_naive(), frame.lang);
    Some(frame.ta(&format!("panel-next-{}-short", event.what.replace('_', "-")), [("date", date)]))
}

/// A button that acts on the service.
pub struct ActionButton {
    pub label: String,
    pub url: String,
    pub icon: &'static str,
    pub kind: &'static str,
    /// The question to ask first.
    pub dialog: Option<&'static str>,
}

/// A question before an act.
pub struct Dialog {
    pub id: &'static str,
    pub title: String,
    pub text: String,
    pub url: String,
    pub label: String,
    pub kind: &'static str,
}

/// A step of work.
pub struct StepLine {
    pub label: String,
    pub state: &'static str,
    pub note: String,
}

/// Work under way, or the work that went wrong.
pub struct Progress {
    pub title: String,
    pub summary: String,
    pub steps: Vec<StepLine>,
}

/// Where a step of work stands, as the domain tells it.
pub struct Step {
    pub name: String,
    pub status: StepStatus,
    pub reason: Option<String>,
    pub started_at: Option<DateTime<Utc>>,
    pub finished_at: Option<DateTime<Utc>>,
}

/// A piece of work on a service, as the domain tells it.
pub struct Work {
    pub action: TaskAction,
    pub status: TaskStatus,
    pub by: String,
    pub steps: Vec<Step>,
    pub created_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
}

impl Work {
    fn lines(&self, frame: &Frame) -> Vec<StepLine> {
        self.steps.iter().map(|step| step_line(frame, step)).collect()
    }

    fn progress(&self, frame: &Frame) -> Option<Progress> {
        if self.status == TaskStatus::Succeeded || self.steps.is_empty() {
            return None;
        }
        let done = self.steps.iter().filter(|step| step.status == StepStatus::Done).count();
        let (current, total) = ((done + 1).min(self.steps.len()), self.steps.len());
        let took = (self.finished_at.unwrap_or(frame.now) - self.created_at).num_seconds();
        let of = frame.ta("progress-step-of", [("current", current), ("total", total)]);
        Some(Progress {
            title: frame.word("panel-work", self.action.as_str()),
            summary: format!("{of} · {}", format::duration(took, frame.lang)),
            steps: self.lines(frame),
        })
    }
}

fn step_line(frame: &Frame, step: &Step) -> StepLine {
    let key = format!("phase-{}", step.name);
    let label = if locale::exists(frame.lang, &key) { frame.t(&key) } else { frame.t("panel-phase-other") };
    let took = step
        .started_at
        .map(|from| format::duration((step.finished_at.unwrap_or(frame.now) - from).num_seconds(), frame.lang));
    let reason = step.reason.as_deref().map(|code| state::reason(frame, code));
    let note = match step.status {
        StepStatus::Pending | StepStatus::Undone => String::new(),
        StepStatus::Done => took.unwrap_or_default(),
        _ => [reason, took].into_iter().flatten().collect::<Vec<_>>().join(" · "),
    };
    StepLine { label, state: step.status.as_str(), note }
}

/// Addresses of the parts of a service's page.
pub struct TabUrls {
    pub overview: String,
    /// Names of the customer, where its driver knows them.
    pub domains: Option<String>,
    pub logs: String,
    pub uptime: String,
    pub settings: String,
    pub activity: String,
}

/// What the head of a service's page shows, anew whenever something changes.
pub struct ServiceCard {
    pub name: String,
    pub label: String,
    pub plan: String,
    pub family: &'static str,
    pub word: &'static str,
    pub sentence: String,
    /// What is wrong with it, or was lately.
    pub troubles: Vec<TroubleLine>,
    /// What came of the last change of its settings, where that went wrong.
    pub notice: Option<String>,
    pub url: Option<String>,
    pub open_url: Option<String>,
    pub pay_url: Option<String>,
    pub actions: Vec<ActionButton>,
    pub dialogs: Vec<Dialog>,
    pub progress: Option<Progress>,
    pub live_url: String,
    pub tabs: Option<TabUrls>,
    pub tab: &'static str,
    pub credentials_url: Option<String>,
    pub activity_url: Option<String>,
}

/// What a service's card is made of.
pub struct Facts<'a> {
    pub view: &'a SubscriptionView,
    pub instance: Option<&'a instance::Model>,
    /// The newest piece of work.
    pub work: Option<&'a Work>,
    /// What its cluster told of it lately.
    pub troubles: &'a [trouble::Model],
    /// The invoice that is waited for.
    pub unpaid: Option<&'a InvoiceId>,
    pub can: Option<Capabilities>,
    /// Whether the reader may operate it.
    pub may_operate: bool,
    /// Whether the reader may pay.
    pub may_pay: bool,
}

impl ServiceCard {
    /// The card on the part `tab` of the page.
    pub fn build(frame: &Frame, facts: &Facts<'_>, tab: &'static str) -> Self {
        let (view, instance) = (facts.view, facts.instance);
        let (family, word) = state::badge(view, instance);
        let base = href_of(view, instance);
        let unfinished = facts.work.filter(|work| work.status != TaskStatus::Succeeded);
        let failed = unfinished.map(|work| work.action);
        let is_over = instance.is_some_and(|row| row.status == InstanceStatus::Terminated);
        let shown = instance.filter(|row| {
            use InstanceStatus::{Pending, Provisioning, Terminated, Terminating};
            !matches!(row.status, Pending | Provisioning | Terminating | Terminated)
        });
        Self {
            name: label_of(view, instance),
            label: instance.map_or_else(|| view.product.slug.clone(), |row| row.name.clone()),
            plan: view.plan.name.clone(),
            family,
            word,
            sentence: state::sentence(frame, view, instance, failed),
            troubles: state::troubles(frame, instance, facts.troubles),
            notice: instance.zip(facts.work).and_then(|(row, work)| settings_failed(frame, row, work)),
            url: shown.and_then(|row| row.url.clone()),
            open_url: shown.filter(|row| row.status == InstanceStatus::Running).and_then(|row| row.url.clone()),
            pay_url: facts.unpaid.filter(|_| facts.may_pay).map(|id| format!("/panel/invoices/{id}/pay")),
            actions: instance.filter(|_| facts.may_operate).map_or_else(Vec::new, |row| actions(frame, row, facts.can)),
            dialogs: instance.filter(|_| facts.may_operate && !is_over).map_or_else(Vec::new, |row| {
                ["restart", "stop"].into_iter().map(|verb| dialog(frame, row, verb)).collect()
            }),
            progress: unfinished.filter(|_| !is_over).and_then(|work| work.progress(frame)),
            live_url: format!("{base}/live?tab={tab}"),
            tabs: instance.map(|row| TabUrls {
                overview: base.clone(),
                // What only the customer's own services reach takes no names.
                domains: (facts.can.is_some_and(|can| can.domains) && row.url.is_some())
                    .then(|| format!("{base}/domains")),
                logs: format!("{base}/logs"),
                uptime: format!("{base}/uptime"),
                settings: format!("{base}/settings"),
                activity: format!("{base}/activity"),
            }),
            tab,
            credentials_url: shown.filter(|_| facts.may_operate).map(|_| format!("{base}/credentials")),
            activity_url: instance.map(|_| format!("{base}/activity")),
        }
    }
}

/// Settings the service did not come up with: what went wrong, and that those of before are in force. Told until other
/// work begins.
fn settings_failed(frame: &Frame, row: &instance::Model, work: &Work) -> Option<String> {
    let is_back = matches!(row.status, InstanceStatus::Running | InstanceStatus::Stopped);
    if !is_back || (work.action, work.status) != (TaskAction::Reconfigure, TaskStatus::Failed) {
        return None;
    }
    // The step that failed is the last that was begun.
    let reason = work.steps.iter().rev().find_map(|step| step.reason.as_deref());
    Some(match reason {
        Some("timeout") => frame.ta("panel-settings-failed", [("reason", state::reason(frame, "rollout_timeout"))]),
        Some(code) => frame.ta("panel-settings-failed", [("reason", state::reason(frame, code))]),
        None => frame.t("panel-settings-failed-plain"),
    })
}

fn actions(frame: &Frame, row: &instance::Model, can: Option<Capabilities>) -> Vec<ActionButton> {
    let button = |verb: &str, icon, kind, dialog| ActionButton {
        label: frame.t(&format!("action-{verb}")),
        url: format!("/panel/services/{}/{verb}", row.id),
        icon,
        kind,
        dialog,
    };
    let Some(can) = can else { return Vec::new() };
    let mut buttons = Vec::new();
    match row.status {
        InstanceStatus::Running => {
            if can.stop {
                buttons.push(button("stop", "player-stop", "secondary", Some("confirm-stop")));
            }
            if can.restart {
                buttons.push(button("restart", "refresh", "secondary", Some("confirm-restart")));
            }
        }
        InstanceStatus::Stopped if can.stop => buttons.push(button("start", "player-play", "primary", None)),
        InstanceStatus::Error => buttons.push(button("retry", "refresh", "primary", None)),
        _ => {}
    }
    buttons
}

fn dialog(frame: &Frame, row: &instance::Model, verb: &'static str) -> Dialog {
    Dialog {
        id: if verb == "stop" { "confirm-stop" } else { "confirm-restart" },
        title: frame.ta(&format!("panel-{verb}-title"), [("name", &row.name)]),
        text: frame.t(&format!("panel-{verb}-text")),
        url: format!("/panel/services/{}/{verb}", row.id),
        label: frame.t(&format!("action-{verb}")),
        kind: if verb == "stop" { "danger" } else { "primary" },
    }
}

/// What was agreed, and what happens next.
pub struct ContractCard {
    pub plan: String,
    pub resources: Option<String>,
    pub price: String,
    /// Its options, in words; a part of the price.
    pub options: Vec<String>,
    /// What a coupon has to do with it.
    pub price_note: String,
    pub period: Option<String>,
    pub order_url: Option<String>,
    pub next: String,
    pub next_note: Option<String>,
    pub auto_renew: bool,
    pub auto_renew_url: Option<String>,
    pub cancel_url: Option<String>,
    /// Where another plan is chosen.
    pub change_url: Option<String>,
    /// Paid and waiting for room: the money can go back.
    pub refund_url: Option<String>,
    /// Whether data go with it.
    pub refund_ends_data: bool,
    pub can_end_later: bool,
    pub later_consequence: String,
    /// Why something did not happen, and when.
    pub skipped: Vec<(String, String)>,
}

/// What a cycle costs: net, tax and total.
#[derive(Clone, Copy, Debug, Default)]
pub struct Price {
    pub net_minor: i64,
    pub tax_minor: i64,
    pub total_minor: i64,
    /// Whether it was sold with the tax in it.
    pub tax_included: bool,
}

impl Price {
    /// What a preview comes to.
    pub fn of(totals: &Totals, tax_included: bool) -> Self {
        let (net_minor, tax_minor) = (totals.subtotal_minor, totals.tax_minor);
        Self { net_minor, tax_minor, total_minor: totals.total_minor, tax_included }
    }
}

/// Things that did not happen, told at most.
const SKIPPED: usize = 5;

/// What a contract's card is made of.
pub struct ContractFacts<'a> {
    pub view: &'a SubscriptionView,
    /// What happens next by itself.
    pub next: Option<NextEvent>,
    /// What a cycle of it costs.
    pub price: Price,
    /// What the next renewal comes to.
    pub renewal_minor: i64,
    /// What a coupon takes off it.
    pub coupon: Option<subscriptions::discount::Next>,
    pub tax_label: Option<&'a str>,
    pub balance_minor: i64,
    pub credit_limit_minor: i64,
    /// Whether renewals are taken from the wallet by themselves.
    pub auto_debit: bool,
    /// Whether a last backup is made before anything is removed.
    pub backs_up: bool,
    /// What did not happen by itself, newest first.
    pub skipped: Vec<Skipped>,
    /// Whether there is another plan or cycle to change to.
    pub can_change: bool,
    /// Answers with the words of their questions.
    pub may_pay: bool,
    pub may_cancel: bool,
}

impl ContractCard {
    /// The card of a contract.
    pub fn build(frame: &Frame, facts: ContractFacts<'_>) -> Self {
        let contract = &facts.view.subscription;
        let plan = &facts.view.plan;
        let money = |minor: i64| format::money(&Money::new(minor, &contract.currency), frame.lang);
        let cycle = frame.word("per-cycle", contract.cycle.as_str());
        let price = match facts.tax_label {
            Some(label) if facts.price.tax_minor > 0 && facts.price.tax_included => {
                let words = [
                    ("total", money(facts.price.total_minor)),
                    ("label", label.to_owned()),
                    ("tax", money(facts.price.tax_minor)),
                    ("cycle", cycle.clone()),
                ];
                frame.ta("panel-price-with-tax", words)
            }
            Some(label) if facts.price.tax_minor > 0 => format!(
                "{} + {label} {} = {} {cycle}",
                money(facts.price.net_minor),
                money(facts.price.tax_minor),
                money(facts.price.total_minor)
            ),
            _ => format!("{} {cycle}", money(facts.price.total_minor)),
        };
        let end = subscriptions::current_period(contract).map(|period| period.end);
        let end_words = end.map(|end| format::day(end, frame.lang)).unwrap_or_default();
        let is_live = !matches!(contract.status, SubscriptionStatus::Pending | SubscriptionStatus::Terminated);
        let is_renewable = is_live && contract.cycle != Cycle::OneTime;
        let url = |verb: &str| format!("/panel/subscriptions/{}/{verb}", contract.id);
        let (next, next_note) = next(frame, &facts, &money);
        Self {
            plan: format!("{} {}", facts.view.product.name, plan.name),
            resources: (plan.memory_mb > 0).then(|| resources(frame, plan.cpu_milli, plan.memory_mb, plan.storage_gb)),
            price,
            options: contract
                .options
                .0
                .iter()
                .map(|option| subscriptions::options::label(option, frame.lang))
                .collect(),
            price_note: facts.coupon.as_ref().map_or_else(String::new, |coupon| coupon_note(frame, coupon)),
            period: subscriptions::current_period(contract).map(|period| {
                let last = period.end.pred_opt().unwrap_or(period.end);
                format!("{} – {}", format::day(period.start, frame.lang), format::day(last, frame.lang))
            }),
            order_url: contract.order_id.as_ref().map(|id| format!("/panel/orders/{id}")),
            next,
            next_note,
            auto_renew: contract.auto_renew,
            auto_renew_url: (is_renewable && facts.may_pay).then(|| url("auto-renew")),
            // Who waits for room ends it by taking his money back.
            cancel_url: (is_live && facts.may_cancel && !facts.view.is_waiting).then(|| url("cancel")),
            change_url: (facts.can_change && facts.may_pay).then(|| url("change")),
            refund_url: (facts.view.is_waiting && facts.may_cancel).then(|| url("refund")),
            refund_ends_data: contract.status == SubscriptionStatus::Suspended,
            can_end_later: is_renewable && contract.auto_renew && end.is_some(),
            skipped: facts.skipped.iter().filter_map(|one| skipped_line(frame, one)).take(SKIPPED).collect(),
            later_consequence: frame.ta("panel-cancel-later-text", [("date", end_words)]),
        }
    }
}

/// Why something did not happen, in words for the customer, and when; what concerns him in no way is left out.
fn skipped_line(frame: &Frame, one: &Skipped) -> Option<(String, String)> {
    let word = if one.reason == "paused" { format!("paused-{}", one.step) } else { one.reason.replace('_', "-") };
    let text = frame.known(&format!("panel-skipped-{word}"))?;
    let day = |at| format::day(in_wib(at).date_naive(), frame.lang);
    let (first, last) = (day(one.first_at), day(one.last_at));
    let when = if first == last { first } else { format!("{first} – {last}") };
    Some((text, when))
}

/// For how long a coupon takes something off.
fn coupon_note(frame: &Frame, coupon: &subscriptions::discount::Next) -> String {
    let code = coupon.code.clone();
    match coupon.renewals_left {
        Some(left) => frame.ta("coupon-next-some", [("code", code), ("n", left.to_string())]),
        None => frame.ta("coupon-next-always", [("code", code)]),
    }
}

fn next(frame: &Frame, facts: &ContractFacts<'_>, money: &dyn Fn(i64) -> String) -> (String, Option<String>) {
    let contract = &facts.view.subscription;
    let Some(event) = facts.next.as_ref() else {
        let key = match contract.status {
            SubscriptionStatus::Pending if facts.view.is_waiting => "panel-next-waiting",
            SubscriptionStatus::Pending => "panel-next-unpaid",
            SubscriptionStatus::Suspended if facts.view.waits_only_for_room() => "panel-next-waiting-again",
            SubscriptionStatus::Suspended => "panel-next-suspended",
            SubscriptionStatus::Terminated => "panel-next-over",
            _ => "panel-next-nothing",
        };
        return (frame.t(key), None);
    };
    let date = format::day(in_wib(event.at).date_naive(), frame.lang);
    if matches!(event.what, "suspension" | "removal") {
        let key = format!("panel-next-{}", event.what);
        let note = if event.what == "removal" && facts.backs_up { "-backup-note" } else { "-note" };
        return (frame.ta(&key, [("date", date)]), Some(frame.t(&format!("{key}{note}"))));
    }
    if event.what == "refund" {
        let ran = contract.status == SubscriptionStatus::Suspended;
        let (key, note) = match ran {
            false => ("panel-next-waiting", "panel-next-refund-first"),
            // Room alone does not bring back what is held for something else too.
            true if !facts.view.waits_only_for_room() => ("panel-next-suspended", "panel-next-refund-back"),
            true => ("panel-next-waiting-again", "panel-next-refund-back"),
        };
        return (frame.t(key), Some(frame.ta(note, [("date", date)])));
    }
    if event.what == "trial_end" {
        let words = [("date", date), ("amount", money(facts.renewal_minor))];
        return (frame.ta("panel-next-trial-end", words), Some(frame.t("panel-next-trial-end-note")));
    }
    if event.what == "end" {
        return (frame.ta("panel-next-end", [("date", date)]), Some(frame.t("panel-next-end-note")));
    }
    let words = frame.ta("panel-next-renewal", [("date", date), ("amount", money(facts.renewal_minor))]);
    let lacking = facts.renewal_minor - facts.balance_minor.saturating_add(facts.credit_limit_minor);
    let note = if !facts.auto_debit {
        frame.t("panel-next-by-hand")
    } else if facts.renewal_minor <= facts.balance_minor {
        frame.ta("panel-next-covered", [("balance", money(facts.balance_minor))])
    } else if lacking <= 0 {
        frame.ta("panel-next-covered-by-credit", [("balance", money(facts.balance_minor))])
    } else {
        frame.ta("panel-next-lacking", [("balance", money(facts.balance_minor)), ("lacking", money(lacking))])
    };
    (words, Some(note))
}

/// `0,5 CPU · 1 GB · 5 GB` with words.
pub fn resources(frame: &Frame, cpu_milli: i64, memory_mb: i64, storage_gb: i64) -> String {
    let whole = cpu_milli / 1_000;
    let rest = cpu_milli % 1_000 / 10;
    let mark = if frame.lang == locale::Lang::Id { ',' } else { '.' };
    let cpu = match rest {
        0 => format!("{whole}"),
        rest if rest % 10 == 0 => format!("{whole}{mark}{}", rest / 10),
        rest => format!("{whole}{mark}{rest:02}"),
    };
    let memory = format::bytes(memory_mb.unsigned_abs() * 1_048_576, frame.lang);
    let storage = format::bytes(storage_gb.unsigned_abs() * 1_073_741_824, frame.lang);
    frame.ta("panel-resources", [("cpu", cpu), ("memory", memory), ("storage", storage)])
}

/// A line of a service's history.
pub struct EventLine {
    pub at: DateTime<Utc>,
    pub icon: &'static str,
    pub tone: &'static str,
    pub who: String,
    pub text: String,
    pub steps: Vec<StepLine>,
    pub steps_label: String,
}

impl EventLine {
    /// A piece of work; `who` names whoever asked for it.
    pub fn of_work(frame: &Frame, work: &Work, who: String) -> Self {
        let icon = match work.action {
            TaskAction::Create => "rocket",
            TaskAction::Start | TaskAction::Unsuspend => "player-play",
            TaskAction::Stop => "player-stop",
            TaskAction::Restart => "refresh",
            TaskAction::Suspend => "player-pause",
            TaskAction::Terminate => "trash",
            _ => "settings",
        };
        let tone = Tone::of("task-status", work.status.as_str()).as_str();
        let took = work.finished_at.map(|end| format::duration((end - work.created_at).num_seconds(), frame.lang));
        let text = match (work.status, took) {
            (TaskStatus::Succeeded, Some(took)) => {
                format!("{}, {took}", frame.word("panel-done", work.action.as_str()))
            }
            (TaskStatus::Succeeded, None) => frame.word("panel-done", work.action.as_str()),
            (status, _) => {
                let state = frame.word("task-status", status.as_str());
                format!("{}: {state}", frame.word("panel-work", work.action.as_str()))
            }
        };
        Self {
            at: work.created_at,
            icon,
            tone,
            who,
            text,
            steps: work.lines(frame),
            steps_label: frame.ta("panel-activity-steps", [("n", work.steps.len())]),
        }
    }
}

/// A line of a log.
pub struct LogRow {
    pub at: DateTime<Utc>,
    pub clock: String,
    pub container: String,
    pub text: String,
}

/// The log on its page.
#[derive(Default)]
pub struct LogView {
    pub url: String,
    pub query: String,
    pub download_url: String,
    pub follow_url: String,
    pub follows: bool,
    pub note: String,
    pub empty: String,
    pub trouble: Option<String>,
    pub lines: Vec<LogRow>,
}

/// How to sign in to the service.
pub struct CredentialsCard {
    pub url: String,
    pub username: String,
    pub password: String,
    pub back: String,
}

#[derive(Template)]
#[template(path = "panel/services/index.html")]
pub struct IndexPage {
    pub frame: Frame,
    pub rows: Vec<ServiceRow>,
    pub next: String,
}

#[derive(Template)]
#[template(path = "panel/services/_list.html")]
pub struct ListFragment {
    pub frame: Frame,
    pub rows: Vec<ServiceRow>,
}

#[derive(Template)]
#[template(path = "panel/services/show.html")]
pub struct ShowPage {
    pub frame: Frame,
    pub service: ServiceCard,
    pub contract: ContractCard,
    /// A change of its plan that is not over.
    pub under_way: Option<UnderWay>,
    pub events: Vec<EventLine>,
}

impl ShowPage {
    fn is_scheduled(&self) -> bool {
        self.under_way.as_ref().is_some_and(|change| change.is_scheduled)
    }
}

#[derive(Template)]
#[template(path = "panel/services/_live.html")]
pub struct LiveFragment {
    pub frame: Frame,
    pub service: ServiceCard,
}

#[derive(Template)]
#[template(path = "panel/services/logs.html")]
pub struct LogsPage {
    pub frame: Frame,
    pub service: ServiceCard,
    pub logs: LogView,
}

#[derive(Template)]
#[template(path = "panel/services/_lines.html")]
pub struct LinesFragment {
    pub frame: Frame,
    pub logs: LogView,
}

#[derive(Template)]
#[template(path = "panel/services/activity.html")]
pub struct ActivityPage {
    pub frame: Frame,
    pub service: ServiceCard,
    pub events: Vec<EventLine>,
    pub next: String,
}

#[derive(Template)]
#[template(path = "panel/services/_credentials.html")]
pub struct CredentialsFragment {
    pub frame: Frame,
    pub credentials: CredentialsCard,
}

#[derive(Template)]
#[template(path = "panel/services/credentials.html")]
pub struct CredentialsPage {
    pub frame: Frame,
    pub credentials: CredentialsCard,
}
