//! Keeps each service's calls within its published limits, and slows down when throttled.
use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use tokio::time::Instant;

/// Calls per second that a service grants one account in one Region, and how many at once.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Limit {
    rate: f64,
    burst: f64,
}

/// From AWS's pages on quotas where they give a number, with room left for other callers.
///
/// RDS: 300 at once, 12 a second sustained (RDS User Guide, request throttling). CloudWatch:
/// `DescribeAlarms` 9, `PutMetricAlarm` 3 a second (CloudWatch service quotas). Lambda: 15 a second
/// for its control plane (Lambda quotas). Route 53: 5 a second for an account (Route 53 quotas).
/// CloudTrail: `LookupEvents` 2 a second (CloudTrail quotas). KMS: hundreds a second and more for what
/// only reads, 5 for `CreateKey` (KMS quotas). IAM and the others give none for these calls; theirs
/// are what tools are known to live with.
fn published(service: &str) -> Limit {
    match service {
        "rds" => Limit { rate: 10.0, burst: 100.0 },
        "monitoring" => Limit { rate: 9.0, burst: 20.0 },
        "lambda" => Limit { rate: 13.0, burst: 30.0 },
        "tagging" => Limit { rate: 5.0, burst: 10.0 },
        "kms" => Limit { rate: 100.0, burst: 200.0 },
        "iam" => Limit { rate: 15.0, burst: 60.0 },
        "cloudtrail" => Limit { rate: 2.0, burst: 2.0 },
        "route53" => Limit { rate: 4.0, burst: 5.0 },
        "logs" => Limit { rate: 9.0, burst: 20.0 },
        _ => Limit { rate: 20.0, burst: 60.0 },
    }
}

/// A bucket that fills at the service's rate and from which each call takes one token.
#[derive(Debug)]
struct Bucket {
    limit: Limit,
    /// The share of the published rate that is used; throttling halves it, success restores it.
    share: f64,
    tokens: f64,
    filled: Instant,
}

impl Bucket {
    fn new(limit: Limit, now: Instant) -> Self {
        Self { limit, share: 1.0, tokens: limit.burst, filled: now }
    }

    /// Takes a token, on credit if there is none, and says how long to wait for it.
    fn take(&mut self, now: Instant) -> Duration {
        let rate = self.limit.rate * self.share;
        let since = now.duration_since(self.filled).as_secs_f64();
        self.tokens = (self.tokens + since * rate).min(self.limit.burst * self.share);
        self.filled = now;
        self.tokens -= 1.0;
        Duration::from_secs_f64((-self.tokens / rate).max(0.0))
    }
}

/// One bucket for each account, Region and service.
#[derive(Debug, Default)]
pub(super) struct Pace {
    buckets: Mutex<HashMap<String, Bucket>>,
}

impl Pace {
    /// Waits until the next call to this service may be made.
    pub(super) async fn wait(&self, scope: &str, service: &str) {
        let wait = self.with(scope, service, Bucket::take);
        if !wait.is_zero() {
            tracing::debug!(%scope, %service, ?wait, "pacing");
            tokio::time::sleep(wait).await;
        }
    }

    /// Notes how a call was answered: a throttled one halves the rate, any other raises it a little.
    pub(super) fn answered(&self, scope: &str, service: &str, throttled: bool) {
        self.with(scope, service, |bucket, _| {
            bucket.share = if throttled {
                (bucket.share / 2.0).max(0.05)
            } else {
                (bucket.share + 0.02).min(1.0)
            };
            if throttled {
                bucket.tokens = bucket.tokens.min(0.0);
            }
        });
    }

    fn with<T>(
        &self,
        scope: &str,
        service: &str,
        act: impl FnOnce(&mut Bucket, Instant) -> T,
    ) -> T {
        let now = Instant::now();
        let mut buckets = self.buckets.lock().expect("no one panics while holding it");
        let key = format!("{scope}/{service}");
        act(buckets.entry(key).or_insert_with(|| Bucket::new(published(service), now)), now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_passes_and_then_the_rate_holds() {
        let now = Instant::now();
        let mut bucket = Bucket::new(Limit { rate: 10.0, burst: 3.0 }, now);
        let waits: Vec<u128> = (0..5).map(|_| bucket.take(now).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 100, 200]);
    }

    #[test]
    fn throttling_halves_the_rate_and_success_brings_it_back() {
        let pace = Pace::default();
        let share = |pace: &Pace| pace.with("a", "rds", |bucket, _| bucket.share);
        pace.answered("a", "rds", true);
        assert!((share(&pace) - 0.5).abs() < 1e-9);
        for _ in 0..25 {
            pace.answered("a", "rds", false);
        }
        assert!((share(&pace) - 1.0).abs() < 1e-9);
    }
}
