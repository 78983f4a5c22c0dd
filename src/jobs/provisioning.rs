//! The background work of provisioning, and the lines on which clusters tell what moves.
use super::registry::{Registered, job};
use crate::{
    domain::{
        Ctx, Services,
        provisioning::{
            RunTask,
            clusters::{CheckCluster, CheckClusters, run_check_cluster, run_check_clusters},
            custom_domains::{CheckDomain, CheckDomains, run_check_domain, run_check_domains},
            drains::{DrainNode, run_drain},
            follow::{Follow, run_follow},
            nodes::{SurveyCluster, SurveyClusters, run_survey_cluster, run_survey_clusters},
            observe::{Observe, Sync, run_observe, run_sync},
            orphans::{FindOrphans, SweepOrphan, run_find_orphans, run_sweep},
            run_task,
            uptime::{CheckUptime, run_check_uptime},
            watch,
        },
    },
    kernel::{live::EVERYTHING, task},
};
use entity::value::ClusterId;
use std::{collections::HashMap, sync::Arc, time::Duration};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How often the list of clusters is read when nobody says that it changed.
const LOOK: Duration = Duration::from_secs(30);
/// Pause before a broken line is opened anew.
const PAUSE: Duration = Duration::from_secs(5);
/// Pause before a cluster that refuses us is asked again; new settings end it.
const LONG_PAUSE: Duration = Duration::from_secs(300);

/// The jobs of provisioning.
pub(super) fn all() -> Vec<Registered> {
    vec![
        job::<RunTask>(run_task),
        job::<Follow>(run_follow),
        job::<Observe>(run_observe),
        job::<Sync>(run_sync),
        job::<FindOrphans>(run_find_orphans),
        job::<SweepOrphan>(run_sweep),
        job::<CheckCluster>(run_check_cluster),
        job::<CheckClusters>(run_check_clusters),
        job::<SurveyCluster>(run_survey_cluster),
        job::<SurveyClusters>(run_survey_clusters),
        job::<DrainNode>(run_drain),
        job::<CheckDomain>(run_check_domain),
        job::<CheckDomains>(run_check_domains),
        job::<CheckUptime>(run_check_uptime),
    ]
}

/// Keeps one line open per cluster until the process stops. A line is opened anew when it breaks and when the settings
/// of its cluster change.
pub(super) async fn watch_clusters(services: Arc<Services>) {
    let ctx = Ctx::system(services.clone(), "provisioning.watch", "watch");
    let mut lines: HashMap<ClusterId, (i64, CancellationToken)> = HashMap::new();
    let mut calls = services.live.subscribe();
    while !services.stop.is_cancelled() {
        match watch::clusters_to_watch(&ctx).await {
            Err(error) => tracing::warn!(%error, "Could not read which clusters to watch"),
            Ok(clusters) => {
                lines.retain(|id, (version, line)| {
                    let stays = clusters.iter().any(|(wanted, now)| wanted == id && now == version);
                    if !stays {
                        line.cancel();
                    }
                    stays
                });
                for (id, version) in clusters {
                    lines.entry(id.clone()).or_insert_with(|| {
                        let line = services.stop.child_token();
                        task::spawn("provisioning.watch", keep_open(ctx.clone(), id, line.clone()));
                        (version, line)
                    });
                }
            }
        }
        let told = async {
            // A missed call ends the wait as well: better one look too many.
            while matches!(calls.recv().await.as_deref(), Ok(topic) if ![watch::TOPIC, EVERYTHING].contains(&topic)) {}
        };
        tokio::select! {
            () = services.stop.cancelled() => return,
            _ = timeout(LOOK, told) => {}
        }
    }
}

async fn keep_open(ctx: Ctx, id: ClusterId, line: CancellationToken) {
    loop {
        let outcome = tokio::select! {
            () = line.cancelled() => return,
            outcome = watch::follow(&ctx, &id) => outcome,
        };
        let mut pause = PAUSE;
        match outcome {
            Ok(watch::Line::Broke) => {}
            Ok(watch::Line::Refused) => pause = LONG_PAUSE,
            Err(error) => {
                metrics::counter!("yumna_cluster_watch_errors_total").increment(1);
                tracing::warn!(cluster.id = %id, %error, "The line to a cluster broke");
            }
        }
        tokio::select! {
            () = line.cancelled() => return,
            () = sleep(pause) => {}
        }
    }
}
