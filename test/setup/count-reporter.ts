import type { Reporter, SerializedError, TestModule, TestRunEndReason } from 'vitest/node';

/** Closes the output with `N passed, N failed, N skipped` alone on a line, the form that CI reads. */
export default class CountReporter implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    unhandledErrors: readonly SerializedError[],
    reason: TestRunEndReason,
  ): void {
    const count = { passed: 0, failed: unhandledErrors.length, skipped: 0 };
    for (const module of modules) {
      // A file that cannot be loaded holds no test, and must not vanish from the count.
      count.failed += module.errors().length;
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        count[state === 'pending' ? 'skipped' : state] += 1;
      }
    }
    // A run that ended before its first test, in the set-up say, has failed as well.
    if (reason !== 'passed' && count.failed === 0) count.failed = 1;
    // On exit, to come after every other reporter's summary.
    process.once('exit', () => {
      console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`);
    });
  }
}
