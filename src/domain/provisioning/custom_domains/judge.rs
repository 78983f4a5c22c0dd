//! What answers of the name service mean, and when to ask again. Pure.
use super::{PATIENCE, proof_text};
use crate::integrations::resolvers::Unanswered;
use chrono::{DateTime, Duration, Utc};
use entity::{
    provisioning::custom_domain,
    value::{CustomDomainFailure as Failure, CustomDomainStatus as Status},
};
use std::net::IpAddr;

/// How long to wait after the first looks at a name that is not usable yet; afterwards as long as the last says.
const STEPS: [Duration; 4] = [Duration::minutes(1), Duration::minutes(5), Duration::minutes(15), HOUR];
/// How long to wait for the next look at what is not well.
pub(super) const HOUR: Duration = Duration::hours(1);
const DAY: Duration = Duration::days(1);
/// How long to wait for the first look.
pub(super) const FIRST_LOOK: Duration = STEPS[0];

/// What the name service said.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    /// Texts of the proof's name.
    pub proof: Result<Vec<String>, Unanswered>,
    /// The name it stands for.
    pub alias: Result<Option<String>, Unanswered>,
    /// Its addresses.
    pub addresses: Result<Vec<IpAddr>, Unanswered>,
    /// Addresses of our way in; empty where none is known.
    pub ours: Result<Vec<IpAddr>, Unanswered>,
}

/// What one question came to. A failure that is not certain says nothing about the name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Finding {
    Yes,
    No(Failure),
    Unknown(Failure),
}

impl Finding {
    fn of(unanswered: Unanswered, no_name: Failure) -> Self {
        match unanswered {
            Unanswered::NoName => Self::No(no_name),
            Unanswered::Timeout => Self::Unknown(Failure::Timeout),
            Unanswered::Failed => Self::Unknown(Failure::Servfail),
        }
    }

    fn failure(self) -> Option<Failure> {
        match self {
            Self::Yes => None,
            Self::No(failure) | Self::Unknown(failure) => Some(failure),
        }
    }

    fn is_no(self) -> bool {
        matches!(self, Self::No(_))
    }
}

/// Whether the owner of the name put `token` into its zone. Others may have texts beside it.
pub(super) fn proof(answers: &Answers, token: &str) -> Finding {
    match &answers.proof {
        Ok(texts) if texts.iter().any(|text| text.trim() == proof_text(token)) => Finding::Yes,
        Ok(texts) if texts.is_empty() => Finding::No(Failure::ProofMissing),
        Ok(_) => Finding::No(Failure::ProofWrong),
        Err(unanswered) => Finding::of(*unanswered, Failure::ProofNoName),
    }
}

/// Whether the name leads to the service `own_host`: by standing for it, or by having addresses of our way in and no
/// others (a caller who gets another one would land elsewhere).
pub(super) fn route(answers: &Answers, own_host: &str) -> Finding {
    if answers.alias.as_ref().is_ok_and(|alias| alias.as_deref() == Some(own_host)) {
        return Finding::Yes;
    }
    let addresses = match &answers.addresses {
        Ok(addresses) if addresses.is_empty() => return Finding::No(Failure::NotPointing),
        Ok(addresses) => addresses,
        Err(unanswered) => return Finding::of(*unanswered, Failure::NoName),
    };
    match &answers.ours {
        Ok(ours) if addresses.iter().all(|address| ours.contains(address)) => return Finding::Yes,
        Ok(_) | Err(Unanswered::NoName) => {}
        Err(unanswered) => return Finding::of(*unanswered, Failure::PointsElsewhere),
    }
    match answers.alias {
        Err(unanswered @ (Unanswered::Timeout | Unanswered::Failed)) => {
            Finding::of(unanswered, Failure::PointsElsewhere)
        }
        _ => Finding::No(Failure::PointsElsewhere),
    }
}

/// What a look makes of a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub status: Status,
    pub failure: Option<Failure>,
    pub failing_since: Option<DateTime<Utc>>,
    /// It leads here: the way in may know it.
    pub is_routed: bool,
    /// Looks since it was added or last was well.
    pub checks: i32,
    /// When to look again; never once it is removed.
    pub next_in: Option<Duration>,
}

/// What a look at `row` makes of it.
pub(super) fn step(row: &custom_domain::Model, proof: Finding, route: Finding, now: DateTime<Utc>) -> Step {
    let checks = row.checks.saturating_add(1);
    let failure = proof.failure().or(route.failure());
    let stays = Step {
        status: row.status,
        failure,
        failing_since: row.failing_since,
        is_routed: row.routed_at.is_some(),
        checks,
        next_in: Some(HOUR),
    };
    if row.status == Status::Removed {
        return Step { next_in: None, ..stays };
    }
    if row.routed_at.is_none() {
        return first(row, proof, route, now, stays);
    }
    // In use from here on, or waiting for the cluster.
    let was_used = row.is_published || row.status == Status::Active;
    let well = if was_used { Status::Active } else { Status::Proven };
    if proof == Finding::Yes && route == Finding::Yes {
        // What the cluster refused is not mended by the name service.
        let failure = row.publish_after.map(|_| Failure::Refused);
        return Step { status: well, failure, failing_since: None, checks: 0, next_in: Some(DAY), ..stays };
    }
    if !proof.is_no() && !route.is_no() {
        return stays;
    }
    // The certain word before the uncertain one.
    let failure = [proof, route].into_iter().filter(|finding| finding.is_no()).find_map(Finding::failure);
    let since = row.failing_since.unwrap_or(now);
    if since + PATIENCE <= now {
        return Step { status: Status::Removed, failure, failing_since: Some(since), next_in: None, ..stays };
    }
    Step { status: Status::Failing, failure, failing_since: Some(since), ..stays }
}

/// A name that never led here yet. Nothing is in use, so that one that nobody can tell about is given up as well.
fn first(row: &custom_domain::Model, proof: Finding, route: Finding, now: DateTime<Utc>, stays: Step) -> Step {
    let is_proven = row.proven_at.is_some() || proof == Finding::Yes;
    let status = if is_proven { Status::Proven } else { Status::Pending };
    if is_proven && !proof.is_no() && route == Finding::Yes {
        return Step { status, failure: None, is_routed: true, checks: 0, next_in: Some(DAY), ..stays };
    }
    if row.created_at + PATIENCE <= now {
        return Step { status: Status::Removed, next_in: None, ..stays };
    }
    Step { status, next_in: Some(wait(stays.checks)), ..stays }
}

/// How long to wait after the look with this number, the first being 1.
fn wait(checks: i32) -> Duration {
    let last = STEPS.len() - 1;
    STEPS[usize::try_from(checks).map_or(0, |checks| checks.min(last))]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(status: Status) -> custom_domain::Model {
        let at: DateTime<Utc> = "2026-12-01T00:00:00Z".parse().unwrap();
        let is_used = !matches!(status, Status::Pending | Status::Proven);
        custom_domain::Model {
            id: "cdm_1".into(),
            instance_id: "ins_1".into(),
            customer_id: "cus_1".into(),
            host: "toko.example.id".into(),
            status,
            token: "t".into(),
            failure: None,
            checks: 0,
            proven_host: None,
            open_key: None,
            proven_at: (status != Status::Pending).then_some(at),
            routed_at: is_used.then_some(at),
            failing_since: (status == Status::Failing).then_some(at),
            checked_at: None,
            next_check_at: None,
            asked_at: None,
            is_published: is_used,
            publish_after: None,
            removed_at: None,
            created_at: at,
            updated_at: at,
        }
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn answers() -> Answers {
        Answers {
            proof: Ok(vec!["v=spf1 -all".into(), "yumna-verify=t".into()]),
            alias: Ok(None),
            addresses: Ok(vec![ip("203.0.113.7")]),
            ours: Ok(vec![ip("203.0.113.7"), ip("203.0.113.8")]),
        }
    }

    const OWN: &str = "n8n-7k3f9q.apps.example.id";
    const NO: Finding = Finding::No(Failure::ProofMissing);
    const SILENT: Finding = Finding::Unknown(Failure::Timeout);

    #[test]
    fn a_proof_is_the_exact_text_and_silence_is_none_of_the_answers() {
        let said = |answer| proof(&Answers { proof: answer, ..answers() }, "t");

        assert_eq!(proof(&answers(), "t"), Finding::Yes);
        assert_eq!(said(Ok(vec![])), Finding::No(Failure::ProofMissing));
        assert_eq!(said(Ok(vec!["yumna-verify=other".into()])), Finding::No(Failure::ProofWrong));
        assert_eq!(said(Ok(vec!["yumna-verify=tt".into()])), Finding::No(Failure::ProofWrong));
        assert_eq!(said(Err(Unanswered::NoName)), Finding::No(Failure::ProofNoName));
        assert_eq!(said(Err(Unanswered::Timeout)), Finding::Unknown(Failure::Timeout));
        assert_eq!(said(Err(Unanswered::Failed)), Finding::Unknown(Failure::Servfail));
    }

    #[test]
    fn a_name_leads_here_by_standing_for_the_service_or_by_its_addresses_alone() {
        let elsewhere = vec![ip("203.0.113.7"), ip("198.51.100.1")];
        let silent = Err(Unanswered::Timeout);
        let table = [
            ("its addresses", answers(), Finding::Yes),
            (
                "an alias, whatever its addresses",
                Answers { alias: Ok(Some(OWN.into())), addresses: Err(Unanswered::Failed), ..answers() },
                Finding::Yes,
            ),
            (
                "one address elsewhere",
                Answers { addresses: Ok(elsewhere), ..answers() },
                Finding::No(Failure::PointsElsewhere),
            ),
            ("no addresses", Answers { addresses: Ok(vec![]), ..answers() }, Finding::No(Failure::NotPointing)),
            (
                "no such name",
                Answers { addresses: Err(Unanswered::NoName), alias: Err(Unanswered::NoName), ..answers() },
                Finding::No(Failure::NoName),
            ),
            ("silence", Answers { addresses: Err(Unanswered::Timeout), ..answers() }, SILENT),
            ("our own addresses are not told", Answers { ours: Err(Unanswered::Timeout), ..answers() }, SILENT),
            ("none of ours is known", Answers { ours: Ok(vec![]), ..answers() }, Finding::No(Failure::PointsElsewhere)),
            ("nor the alias", Answers { ours: Ok(vec![]), alias: silent, ..answers() }, SILENT),
        ];
        for (what, said, expected) in table {
            assert_eq!(route(&said, OWN), expected, "{what}");
        }
    }

    #[test]
    fn a_new_name_is_looked_at_after_1_5_15_and_then_every_60_minutes() {
        let mut row = row(Status::Pending);
        let mut waits = vec![FIRST_LOOK.num_minutes()];
        for _ in 0..5 {
            let next = step(&row, NO, SILENT, row.created_at);
            waits.push(next.next_in.unwrap().num_minutes());
            row.checks = next.checks;
        }
        assert_eq!(waits, [1, 5, 15, 60, 60, 60]);
        row.checks = i32::MAX;
        assert_eq!(step(&row, NO, SILENT, row.created_at).next_in, Some(HOUR));
    }

    #[test]
    fn a_name_in_use_is_never_hurt_by_silence() {
        let late = row(Status::Active).created_at + PATIENCE * 3;
        for status in [Status::Active, Status::Failing] {
            for (proof, route) in [(SILENT, SILENT), (SILENT, Finding::Yes), (Finding::Yes, SILENT)] {
                let next = step(&row(status), proof, route, late);
                assert_eq!((next.status, next.failure), (status, Some(Failure::Timeout)), "{status}");
            }
        }
    }

    #[test]
    fn what_fails_is_taken_away_after_seven_days_and_not_a_moment_before() {
        let active = row(Status::Active);
        let now = active.created_at + Duration::days(30);
        let failing = step(&active, NO, Finding::Yes, now);
        assert_eq!((failing.status, failing.failing_since), (Status::Failing, Some(now)));

        let failing = row(Status::Failing);
        let end = failing.failing_since.unwrap() + PATIENCE;
        assert_eq!(step(&failing, NO, Finding::Yes, end - Duration::seconds(1)).status, Status::Failing);
        assert_eq!(step(&failing, NO, Finding::Yes, end).status, Status::Removed);
        let back = step(&failing, Finding::Yes, Finding::Yes, end);
        assert_eq!((back.status, back.failing_since, back.failure), (Status::Active, None, None));
        let stopped = custom_domain::Model { is_published: false, ..row(Status::Active) };
        assert_eq!(step(&stopped, Finding::Yes, Finding::Yes, now).status, Status::Active, "its service is stopped");
        // The certain word is the one that is told.
        let both = step(&active, SILENT, Finding::No(Failure::PointsElsewhere), now);
        assert_eq!(both.failure, Some(Failure::PointsElsewhere));
    }

    #[test]
    fn a_name_is_led_in_only_once_it_is_proven_and_leads_here() {
        let at = row(Status::Pending).created_at;
        let unproven = step(&row(Status::Pending), NO, Finding::Yes, at);
        assert_eq!((unproven.status, unproven.is_routed), (Status::Pending, false));
        let proven = step(&row(Status::Pending), Finding::Yes, Finding::No(Failure::NotPointing), at);
        assert_eq!((proven.status, proven.is_routed), (Status::Proven, false));
        let led = step(&row(Status::Proven), SILENT, Finding::Yes, at);
        assert_eq!((led.status, led.is_routed, led.failure), (Status::Proven, true, None));
        assert_eq!(step(&row(Status::Proven), NO, SILENT, at + PATIENCE).status, Status::Removed);
    }
}
