//! What an operator wants.

use tracing::warn;

use super::{Core, Moment, Outlet, Standing};
use crate::messaging::{Action, Incoming, Outgoing};
use crate::model::Nanos;

impl Core {
    /// Applies a command between two events, and acknowledges it.
    pub fn on_command(&mut self, command: &Incoming, now: Nanos, out: &mut dyn Outlet) {
        self.pass(now, now.0 - 1, out);
        let done = match &command.action {
            Action::Ping => Ok(()),
            Action::Kill { reason } => {
                self.kill(reason, out);
                Ok(())
            }
            Action::Start { strategy } => self.each(strategy, |core, number| core.start(number, out)),
            Action::Stop { strategy } => self.each(strategy, |core, number| core.stop(number, out)),
            Action::Flatten { strategy } => self.each(strategy, |core, number| core.close_out(number, out)),
            Action::UpdateParameters { strategy, values } => self.update(strategy, values, out),
        };
        let (accepted, reason) = match done {
            Ok(()) => (true, String::new()),
            Err(reason) => (false, reason),
        };
        let (id, time, parameters_version) = (command.id.clone(), self.now, self.parameters_version);
        out.say(Outgoing::Ack { id, time, accepted, reason, parameters_version });
        self.deliver_refusals(out);
    }

    /// No order leaves any more, and what rests is taken back.
    pub fn kill(&mut self, reason: &str, out: &mut dyn Outlet) {
        self.pulled = true;
        self.take_back(reason, out);
    }

    /// The engine ends: as killed, between two events.
    pub fn on_end(&mut self, now: Nanos, out: &mut dyn Outlet) {
        self.pass(now, now.0 - 1, out);
        self.ending = true;
        self.take_back("the engine ends", out);
    }

    fn take_back(&mut self, reason: &str, out: &mut dyn Outlet) {
        warn!(reason, "killed");
        out.moment(Moment::Orders(false));
        self.hosted.iter_mut().for_each(|hosted| hosted.desk.drop_waiting());
        self.status(None, "killed", reason.to_owned(), out);
        self.withdraw_all(None, out);
    }

    /// No order leaves: the kill switch is pulled, or the engine ends.
    #[must_use]
    pub fn is_killed(&self) -> bool {
        self.pulled || self.ending
    }

    /// The strategies of a name, all without one.
    fn named(&self, strategy: &str) -> Result<Vec<usize>, String> {
        let is_meant = |number: &usize| strategy.is_empty() || self.hosted[*number].name == strategy;
        let meant: Vec<usize> = (0..self.hosted.len()).filter(is_meant).collect();
        if meant.is_empty() {
            let known: Vec<&str> = self.names().collect();
            return Err(format!("no strategy {strategy:?}; there is {}", known.join(", ")));
        }
        Ok(meant)
    }

    fn each(
        &mut self,
        strategy: &str,
        mut act: impl FnMut(&mut Core, usize) -> Result<(), String>,
    ) -> Result<(), String> {
        self.named(strategy)?.into_iter().try_for_each(|number| act(self, number))
    }

    fn start(&mut self, number: usize, out: &mut dyn Outlet) -> Result<(), String> {
        if self.is_killed() {
            return Err("the kill switch is pulled: start the engine again".to_owned());
        }
        if let Standing::Failed(why) = &self.hosted[number].standing {
            return Err(format!("{} has failed: {why}", self.hosted[number].name));
        }
        self.hosted[number].start();
        out.moment(Moment::Runs(self.hosted[number].number, true));
        self.status(Some(number), "running", "operator".to_owned(), out);
        Ok(())
    }

    fn stop(&mut self, number: usize, out: &mut dyn Outlet) -> Result<(), String> {
        self.hosted[number].stop();
        out.moment(Moment::Runs(self.hosted[number].number, false));
        self.status(Some(number), "stopped", "operator".to_owned(), out);
        self.withdraw_all(Some(number), out);
        Ok(())
    }

    fn close_out(&mut self, number: usize, out: &mut dyn Outlet) -> Result<(), String> {
        if self.is_killed() {
            return Err("the kill switch is pulled: no order leaves, closing ones neither".to_owned());
        }
        self.stop(number, out)?;
        self.hosted[number].flattening = true;
        self.flatten(number, out);
        Ok(())
    }

    /// All values or none, and one version more.
    fn update(
        &mut self,
        strategy: &str,
        values: &[(String, f64)],
        out: &mut dyn Outlet,
    ) -> Result<(), String> {
        let meant = self.named(strategy)?;
        for number in &meant {
            self.hosted[*number].desk.strategy.check_parameters(values)?;
        }
        for number in meant {
            let hosted = &mut self.hosted[number];
            hosted.desk.strategy.set_parameters(values)?;
            out.moment(Moment::Parameters(hosted.number, values));
        }
        self.parameters_version += 1;
        Ok(())
    }
}
