import NIOCore

/// Runs the server's tasks on the event loops that their connections live on.
///
/// Otherwise each request goes from a loop to a thread of the global pool and back, and waking two threads costs more
/// than most requests themselves.
final class LoopExecutor: TaskExecutor {
  private let group: any EventLoopGroup

  init(_ group: any EventLoopGroup) { self.group = group }

  func enqueue(_ job: consuming ExecutorJob) {
    let job = UnownedJob(job)
    // The loop that we are on, when it is one of the group's.
    group.any().execute { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
  }
}
