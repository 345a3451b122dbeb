/** Posts that topics name and no document holds; told at the end, as the next document may hold them. */
export class MissingPosts {
  readonly #topics = new Map<string, { file: string; missing: Set<number> }>()

  /** `missing`, `present`: ids of posts, as one document of the topic has it. */
  see(topic: string, file: string, { missing, present }: { missing: number[]; present: number[] }): void {
    const known = this.#topics.get(topic)
    if (known) for (const id of present) known.missing.delete(id)
    else this.#topics.set(topic, { file, missing: new Set(missing) })
  }

  tell(note: (file: string, count: number) => void): void {
    for (const { file, missing } of this.#topics.values()) if (missing.size > 0) note(file, missing.size)
  }
}
