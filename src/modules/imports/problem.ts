/** An import that cannot go on; the message is for the person at the terminal. */
export class ImportProblem extends Error {
  override readonly name = 'ImportProblem'
}
