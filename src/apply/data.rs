//! Data sources that had to wait until what they look for was known.
use crate::apply::step::{Done, Task};
use crate::resources::Result;

/// Reads the data source of a task.
pub(super) async fn read(task: &Task) -> Result<Done> {
    let kind = task.catalog.data(task.spec);
    let aws = match (&task.settings, &task.scope) {
        (Some(settings), Some(scope)) => {
            Some(task.sessions.aws(settings, scope.clone(), None).await?)
        }
        _ => None,
    };
    let inputs = task.wanted.object.clone();
    let outputs = kind.read(aws.as_ref(), &task.machine, &inputs).await?;
    Ok(Done::Live { inputs, outputs })
}
