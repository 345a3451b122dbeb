/** A backup that cannot be made, read or put back; the message is for the person at the terminal. */
export class BackupProblem extends Error {
  override readonly name = 'BackupProblem'
}
