/** Runs test files in the order of their names. */
import Sequencer from '@jest/test-sequencer';

export default class ByName extends Sequencer {
  sort(tests) {
    return tests.toSorted((one, other) => one.path.localeCompare(other.path));
  }
}
