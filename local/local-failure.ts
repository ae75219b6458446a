/** What goes wrong on the laptop, in words of what was expected, what was found and what mends it; anything else is a defect. */
export class LocalFailure extends Error {
  override name = 'LocalFailure';
}
