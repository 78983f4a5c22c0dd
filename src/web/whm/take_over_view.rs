//! How a take-over is drawn: the list, the dry run, and what became of the rows.
use super::{
    query::ListQuery,
    take_over::{HOME, start_key},
    view::{Action, Cell, DetailPage, Field, Kind as Entry, ListPage, LiveFragment, Part, Table},
};
use crate::{
    domain::takeover::{Finding, Options, Outcome, Preview, Reason, Role, Row},
    kernel::{format, locale},
    web::{filters, form_errors::FormErrors, frame::Frame},
};
use entity::{
    takeover::{import, import_row},
    value::{Cycle, ImportKind, ImportStatus, ImportVerdict, Money},
};
use std::collections::BTreeMap;

/// Rows of a dry run that are shown; the file of faulty rows has all of those.
const SHOWN: usize = 100;

/// Values that sentences about rows name.
const ARGUMENTS: [&str; 4] = ["max", "min", "from", "to"];

/// The form a file is sent in with.
#[derive(askama::Template)]
#[template(path = "whm/take_over/new.html")]
pub struct NewPage {
    pub frame: Frame,
    pub errors: FormErrors,
    /// Kinds and their words.
    pub kinds: Vec<(&'static str, String)>,
    pub kind: String,
    pub source: String,
}

impl NewPage {
    pub(super) fn of(frame: Frame, kind: &str, source: &str) -> Self {
        let kinds = ImportKind::ALL.iter().map(|kind| (kind.as_str(), frame.word("import-kind", kind.as_str())));
        Self {
            errors: FormErrors::none(),
            kinds: kinds.collect(),
            kind: kind.to_owned(),
            source: source.to_owned(),
            frame,
        }
    }
}

fn idr(minor: i64) -> Cell {
    Cell::Money(Money::idr(minor))
}

fn count(frame: &Frame, n: usize) -> Cell {
    Cell::text(format::number(i64::try_from(n).unwrap_or(i64::MAX), frame.lang))
}

pub(super) fn list_page(frame: Frame, query: &ListQuery, rows: &[import::Model], next: Option<&str>) -> ListPage {
    let columns = [
        (frame.t("whm-when"), "cell-main"),
        (frame.t("takeover-kind"), "cell-sub"),
        (frame.t("takeover-source"), ""),
        (frame.t("whm-status"), "cell-sub"),
        (frame.t("takeover-rows"), "cell-side num"),
    ];
    let cells = rows.iter().map(|row| {
        vec![
            Cell::link(format::date_wib(row.created_at, frame.lang), format!("{HOME}/{}", row.id)),
            Cell::text(frame.word("import-kind", row.kind.as_str())),
            Cell::text(&row.source),
            Cell::Status("import-status", row.status.as_str()),
            Cell::text(format::number(i64::from(row.rows), frame.lang)),
        ]
    });
    ListPage {
        title: frame.t("nav-take-over"),
        subtitle: frame.t("takeover-text"),
        actions: vec![Action::primary(frame.t("takeover-new"), format!("{HOME}/new"), "upload")],
        search: (String::new(), String::new(), String::new()),
        chips: Vec::new(),
        table: Table::new(frame.t("nav-take-over"), columns).with(cells),
        is_filtered: false,
        home: HOME.to_owned(),
        is_later: query.cursor.is_some(),
        next: query.next(HOME, next),
        frame,
    }
}

/// What is wrong with a row or different in it, in sentences.
pub(super) fn sentences(frame: &Frame, reasons: &[Reason]) -> String {
    let sentence = |reason: &Reason| {
        let field = frame.word("takeover-column", &reason.field);
        let known = |family: &str| {
            let key = format!("{family}-{}", reason.code.replace('_', "-"));
            locale::exists(frame.lang, &key).then_some(key)
        };
        let args = reason
            .args
            .iter()
            .filter_map(|(name, value)| Some((*ARGUMENTS.iter().find(|known| *known == name)?, value.as_str())));
        let args: Vec<(&'static str, &str)> = args.collect();
        let what = match known("takeover-reason").or_else(|| known("field")) {
            Some(key) => frame.ta(&key, args),
            None => frame.t("field-invalid"),
        };
        format!("{field}: {what}")
    };
    reasons.iter().map(sentence).collect::<Vec<_>>().join(" ")
}

fn decisions(frame: &Frame, kind: ImportKind, options: &Options) -> Vec<(&'static str, String, bool)> {
    let word = |name: &'static str, is_on: bool| {
        (name, frame.t(&format!("takeover-option-{}", name.replace('_', "-"))), is_on)
    };
    match kind {
        ImportKind::Customers => {
            vec![word("link_known_mail", options.link_known_mail), word("invite", options.invite)]
        }
        ImportKind::Contracts => {
            vec![
                word("link_known_mail", options.link_known_mail),
                word("allow_over_quota", options.allow_over_quota),
                word("bill_overdue", options.bill_overdue),
                word("prices_include_tax", options.prices_include_tax),
            ]
        }
    }
}

/// Counts and sums beside each other: of the file, and of what is taken over.
fn reconciliation(frame: &Frame, preview: &Preview) -> Table {
    let totals = &preview.totals;
    let columns = [
        (frame.t("takeover-sum"), "cell-main"),
        (frame.t("takeover-in-file"), "num"),
        (frame.t("takeover-taken"), "cell-side num"),
    ];
    let mut rows =
        vec![vec![Cell::text(frame.t("takeover-rows")), count(frame, totals.rows), count(frame, totals.taken())]];
    match preview.import.kind {
        ImportKind::Customers => rows.push(vec![
            Cell::text(frame.t("takeover-balances")),
            idr(totals.file_balance_minor),
            idr(totals.balance_minor),
        ]),
        ImportKind::Contracts => {
            rows.extend(cycle_rows(frame, &totals.file_cycles, &totals.cycles));
            let (file, taken) = totals.monthly_minor();
            rows.push(vec![Cell::text(frame.t("takeover-monthly")), idr(file), idr(taken)]);
        }
    }
    Table::new(frame.t("takeover-reconciliation"), columns).with(rows)
}

type ByCycle = BTreeMap<Cycle, (usize, i64)>;

fn cycle_rows(frame: &Frame, file: &ByCycle, taken: &ByCycle) -> Vec<Vec<Cell>> {
    let cell = |of: &ByCycle, cycle: &Cycle| {
        let (contracts, minor) = of.get(cycle).copied().unwrap_or_default();
        let note = frame.ta("takeover-contracts", [("n", contracts)]);
        Cell::Noted(frame.money(&Money::idr(minor)), note)
    };
    let row =
        |cycle: &Cycle| vec![Cell::text(frame.word("cycle", cycle.as_str())), cell(file, cycle), cell(taken, cycle)];
    file.keys().map(row).collect()
}

/// The dry run: what taking the file over would do.
pub(super) fn draft_page(frame: Frame, preview: &Preview) -> DetailPage {
    let (import, totals) = (&preview.import, &preview.totals);
    let mut facts = head(&frame, import);
    for (_, words, is_on) in decisions(&frame, import.kind, &preview.options) {
        facts.push((words, Cell::text(frame.t(if is_on { "whm-yes" } else { "whm-no" }))));
    }
    if import.kind == ImportKind::Contracts {
        facts.push((frame.t("takeover-overdue"), count(&frame, totals.overdue)));
        facts.push((frame.t("takeover-over-quota"), count(&frame, totals.over_quota)));
    }
    let columns = [(frame.t("takeover-finding"), "cell-main"), (frame.t("takeover-rows"), "cell-side num")];
    let verdicts = ImportVerdict::ALL
        .iter()
        .map(|verdict| vec![Cell::Status("import-verdict", verdict.as_str()), count(&frame, totals.count(*verdict))]);
    let verdicts = Table::new(frame.t("takeover-findings"), columns).with(verdicts);
    let is = |verdict: ImportVerdict| move |found: &&(Row, Finding)| found.1.verdict == verdict;
    let faulty = preview.findings.iter().filter(is(ImportVerdict::Faulty));
    let notice = match preview.missing {
        Some(role) => {
            let column = frame.word("takeover-column", role.as_str());
            ("bad", frame.ta("takeover-column-missing", [("column", column)]))
        }
        None if totals.count(ImportVerdict::Faulty) > 0 => ("warn", frame.t("takeover-draft-faulty")),
        None => ("info", frame.t("takeover-draft-text")),
    };
    let mut parts = vec![
        Part::Rows(frame.t("takeover-reconciliation"), reconciliation(&frame, preview)),
        Part::Rows(frame.t("takeover-findings"), verdicts),
    ];
    if totals.count(ImportVerdict::Faulty) > 0 {
        let title = frame.ta("takeover-faulty-rows", [("n", SHOWN)]);
        parts.push(Part::Rows(title, preview_table(&frame, import.kind, faulty)));
    }
    let first = preview.findings.iter().filter(|found| found.1.verdict != ImportVerdict::Faulty);
    let title = frame.ta("takeover-first-rows", [("n", SHOWN)]);
    parts.push(Part::Rows(title, preview_table(&frame, import.kind, first)));
    DetailPage {
        title: frame.t("takeover-draft"),
        subtitle: frame.word("import-kind", import.kind.as_str()),
        back: HOME.to_owned(),
        back_label: frame.t("nav-take-over"),
        notice,
        actions: draft_actions(&frame, preview),
        facts,
        parts,
        frame,
    }
}

fn head(frame: &Frame, import: &import::Model) -> Vec<(String, Cell)> {
    vec![
        (frame.t("whm-status"), Cell::Status("import-status", import.status.as_str())),
        (frame.t("takeover-kind"), Cell::text(frame.word("import-kind", import.kind.as_str()))),
        (frame.t("takeover-source"), Cell::text(&import.source)),
        (frame.t("takeover-rows"), Cell::text(format::number(i64::from(import.rows), frame.lang))),
        (frame.t("whm-created"), Cell::Time(import.created_at)),
        (frame.t("takeover-started-at"), Cell::maybe_time(import.started_at)),
        (frame.t("takeover-finished-at"), Cell::maybe_time(import.finished_at)),
        (frame.t("takeover-emptied-at"), Cell::maybe_time(import.emptied_at)),
    ]
}

fn draft_actions(frame: &Frame, preview: &Preview) -> Vec<Action> {
    let (import, totals) = (&preview.import, &preview.totals);
    let to = |verb: &str| format!("{HOME}/{}/{verb}", import.id);
    let mut fields: Vec<Field> = Role::of(import.kind)
        .iter()
        .map(|role| {
            let word = role.as_str();
            let none = [(String::new(), frame.t("takeover-no-column"))];
            let choices = none.into_iter().chain(preview.headings.iter().map(|name| (name.clone(), name.clone())));
            let label = frame.word("takeover-column", word);
            let chosen = preview.columns.0.get(role).cloned().unwrap_or_default();
            Field::new(&format!("column_{word}"), label, Entry::Choice(choices.collect())).value(chosen).optional()
        })
        .collect();
    fields.extend(decisions(frame, import.kind, &preview.options).into_iter().map(|(name, words, is_on)| {
        let help = frame.t(&format!("takeover-option-{}-help", name.replace('_', "-")));
        Field::new(name, words, Entry::Switch).value(if is_on { "1" } else { "" }).help(help).optional()
    }));
    let mut actions = vec![
        Action::ask(
            frame.t("takeover-columns"),
            frame.t("takeover-columns-text"),
            "columns",
            to("columns"),
            "adjustments",
        )
        .with(fields),
        Action::ask(frame.t("takeover-discard"), frame.t("takeover-discard-text"), "discard", to("discard"), "x"),
    ];
    if totals.count(ImportVerdict::Faulty) > 0 {
        actions.push(Action::link(frame.t("takeover-faulty-file"), to("faulty"), "download"));
    }
    if totals.taken() > 0 {
        let text = frame.ta("takeover-start-text", [("n", totals.taken()), ("left", totals.rows - totals.taken())]);
        let ask = Action::ask(frame.t("takeover-start"), text, "start", to("start"), "check");
        let seen = Field::hidden("seen", &preview.fingerprint);
        actions.push(ask.main().with(vec![Field::hidden("key", start_key()), seen]));
    }
    actions
}

fn target(kind: ImportKind, label: &str, id: Option<&str>) -> Cell {
    let folder = match kind {
        ImportKind::Customers => "customers",
        ImportKind::Contracts => "subscriptions",
    };
    let label = if label.is_empty() { "–" } else { label };
    match id {
        Some(id) => Cell::link(label, format!("/whm/{folder}/{id}")),
        None => Cell::text(label),
    }
}

fn row_columns(frame: &Frame) -> [(String, &'static str); 5] {
    [
        (frame.t("takeover-row"), "cell-main"),
        (frame.t("takeover-line"), "num"),
        (frame.t("takeover-key"), ""),
        (frame.t("takeover-finding"), "cell-side"),
        (frame.t("takeover-why"), "cell-sub"),
    ]
}

fn preview_table<'a>(frame: &Frame, kind: ImportKind, found: impl Iterator<Item = &'a (Row, Finding)>) -> Table {
    let rows = found.take(SHOWN).map(|(row, finding)| {
        vec![
            target(kind, &row.label, finding.target_id.as_deref()),
            Cell::text(row.number.to_string()),
            Cell::text(&row.key),
            Cell::Status("import-verdict", finding.verdict.as_str()),
            Cell::text(sentences(frame, &finding.reasons)),
        ]
    });
    Table::new(frame.t("takeover-rows"), row_columns(frame)).with(rows)
}

/// How far a take-over is: rows that are done, and what was found about them.
fn progress(frame: &Frame, import: &import::Model, outcome: &Outcome) -> Table {
    let columns = [(frame.t("takeover-finding"), "cell-main"), (frame.t("takeover-rows"), "cell-side num")];
    let done = [("done", outcome.done.to_string()), ("rows", import.rows.to_string())];
    let state =
        vec![Cell::Status("import-status", import.status.as_str()), Cell::text(frame.ta("takeover-progress", done))];
    let verdicts = ImportVerdict::ALL.iter().map(|verdict| {
        let rows = outcome.verdicts.get(verdict.as_str()).copied().unwrap_or(0);
        vec![Cell::Status("import-verdict", verdict.as_str()), number(frame, rows)]
    });
    Table::new(frame.t("takeover-done-rows"), columns).with([state].into_iter().chain(verdicts))
}

/// The same as its stream tells it.
pub(super) fn live(frame: Frame, import: &import::Model, outcome: &Outcome) -> LiveFragment {
    LiveFragment { table: progress(&frame, import, outcome), frame }
}

fn number(frame: &Frame, n: u64) -> Cell {
    Cell::text(format::number(i64::try_from(n).unwrap_or(i64::MAX), frame.lang))
}

/// What was taken over, in money.
fn sums(frame: &Frame, kind: ImportKind, outcome: &Outcome) -> Vec<(String, Cell)> {
    match kind {
        ImportKind::Customers => vec![(frame.t("takeover-balances"), idr(outcome.balance_minor))],
        ImportKind::Contracts => {
            let cycles = outcome.cycles.iter().map(|(cycle, (contracts, minor))| {
                let note = frame.ta("takeover-contracts", [("n", *contracts)]);
                let sum = Cell::Noted(frame.money(&Money::idr(*minor)), note);
                (frame.word("cycle", cycle.as_str()), sum)
            });
            cycles.chain([(frame.t("takeover-monthly"), idr(outcome.monthly_minor()))]).collect()
        }
    }
}

fn run_actions(frame: &Frame, import: &import::Model, faulty: u64) -> Vec<Action> {
    let here = format!("{HOME}/{}", import.id);
    let mut actions = Vec::new();
    if faulty > 0 {
        let only = format!("{here}?status={}", ImportVerdict::Faulty.as_str());
        actions.push(Action::link(frame.t("takeover-only-faulty"), only, "filter"));
        if import.emptied_at.is_none() {
            actions.push(Action::link(frame.t("takeover-faulty-file"), format!("{here}/faulty"), "download"));
        }
    }
    if import.status == ImportStatus::Running {
        actions.push(Action::link(frame.t("takeover-reload"), here.clone(), "refresh"));
        let text = frame.t("takeover-go-on-text");
        let ask = Action::ask(frame.t("takeover-go-on"), text, "go-on", format!("{here}/go-on"), "player-play");
        actions.push(ask);
    }
    actions
}

/// What became of a file so far.
pub(super) fn run_page(
    frame: Frame,
    query: &ListQuery,
    import: &import::Model,
    outcome: &Outcome,
    rows: &[import_row::Model],
    next: Option<&str>,
) -> DetailPage {
    let here = format!("{HOME}/{}", import.id);
    let is_running = import.status == ImportStatus::Running;
    let faulty = outcome.verdicts.get(ImportVerdict::Faulty.as_str()).copied().unwrap_or(0);
    let mut facts = head(&frame, import);
    facts.extend(sums(&frame, import.kind, outcome));
    let mut actions = Vec::new();
    if !next.unwrap_or_default().is_empty() {
        actions.push(Action::link(frame.t("list-next"), query.next(&here, next), "chevron-right"));
    }
    actions.extend(run_actions(&frame, import, faulty));
    let notice = match (is_running, faulty) {
        (true, _) => ("info", frame.t("takeover-running-text")),
        (false, 1..) if import.emptied_at.is_none() => ("warn", frame.t("takeover-done-faulty")),
        (false, _) => ("info", String::new()),
    };
    let cells = rows.iter().map(|row| {
        let reasons: Vec<Reason> = serde_json::from_value(row.reasons.clone()).unwrap_or_default();
        vec![
            target(import.kind, &row.label, row.target_id.as_deref()),
            Cell::text(row.number.to_string()),
            Cell::text(&row.source_key),
            Cell::Status("import-verdict", row.verdict.as_str()),
            Cell::text(sentences(&frame, &reasons)),
        ]
    });
    let table = Table::new(frame.t("takeover-rows"), row_columns(&frame)).with(cells);
    let (title, found) = (frame.t("takeover-done-rows"), progress(&frame, import, outcome));
    let found = match is_running {
        true => Part::Live(title, format!("{here}/live"), found),
        false => Part::Rows(title, found),
    };
    DetailPage {
        title: frame.t("takeover-run"),
        subtitle: frame.word("import-kind", import.kind.as_str()),
        back: HOME.to_owned(),
        back_label: frame.t("nav-take-over"),
        notice,
        actions,
        facts,
        parts: vec![found, Part::Rows(frame.t("takeover-rows"), table)],
        frame,
    }
}
