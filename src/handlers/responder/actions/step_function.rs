//! `step_function`: starts an execution of a state machine.
use crate::aws::AbsentOn;
use crate::function::responder::actions::StepFunction;
use crate::handlers::Result;
use crate::handlers::responder::actions::{Action, Need, Scene};

impl Action for StepFunction {
    type Found = ();

    async fn look(&self, scene: &Scene<'_>) -> Result<Need<()>> {
        let machine = &self.state_machine_arn;
        let states = scene.aws_of(machine).states();
        let executions = machine.replacen(":stateMachine:", ":execution:", 1);
        let arn = format!("{executions}:{}", name(scene));
        let told = states.describe_execution().execution_arn(&arn).send().await;
        match told.absent_on(&["ExecutionDoesNotExist"])? {
            Some(told) => {
                let status = told.status.as_str();
                Ok(Need::Nothing(format!("{arn} was started for this event, and is {status}")))
            }
            None => Ok(Need::Change(format!("start {machine}"), ())),
        }
    }

    async fn act(&self, scene: &Scene<'_>, (): ()) -> Result<String> {
        let machine = &self.state_machine_arn;
        let input = self.input.clone().unwrap_or_else(|| scene.notice().to_string());
        let call = scene.aws_of(machine).states().start_execution().state_machine_arn(machine);
        let started = call.name(name(scene)).input(input).send().await;
        match started.absent_on(&["ExecutionAlreadyExists"])? {
            Some(started) => Ok(format!("started {}", started.execution_arn)),
            None => Ok(format!("{} was started in the meantime", name(scene))),
        }
    }
}

/// Name of the execution, of which there is one. Names have 80 letters at most.
fn name(scene: &Scene<'_>) -> String {
    format!("drctl-{}", scene.key())
}
