import { sql } from 'kysely'
import { expect } from 'vitest'
import type { Db } from '#platform/database.ts'
import type { Answer } from './app.ts'

/** Holds a refusal of the API to what the contract promises of every one. @returns the document */
export function expectProblem(answer: Answer, status: number | readonly number[]) {
  const allowed = typeof status === 'number' ? [status] : status
  expect(allowed, answer.body.slice(0, 300)).toContain(answer.statusCode)
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/)
  expect(['ko', 'en']).toContain(answer.headers['content-language'])
  const problem = answer.json()
  expect(problem).toMatchObject({
    type: 'about:blank',
    title: expect.stringMatching(/\S/),
    status: answer.statusCode,
    detail: expect.stringMatching(/\S/),
    code: expect.stringMatching(/^[a-z-]+$/),
    requestId: expect.stringMatching(/^[\w-]{12}$/),
  })
  if (problem.code === 'invalid') expect(problem.errors.length).toBeGreaterThan(0)
  for (const error of problem.errors ?? []) {
    expect(error).toEqual({
      field: expect.any(String),
      code: expect.stringMatching(/^[a-z-]+$/),
      message: expect.stringMatching(/\S/),
    })
  }
  return problem
}

/** A page that refuses: HTML in the reader's language, with a heading and a way on. */
export function expectErrorPage(answer: Answer, status: number | readonly number[], language = 'en'): void {
  const allowed = typeof status === 'number' ? [status] : status
  expect(allowed, answer.body.slice(0, 300)).toContain(answer.statusCode)
  expect(answer.headers['content-type']).toBe('text/html; charset=utf-8')
  expect(answer.body).toContain(`<html lang="${language}"`)
  expect(answer.body).toMatch(/<h1>[^<]+<\/h1>/)
  expect(answer.body).toContain('href="/"')
}

/** A mark of everything that members made: equal before and after what must change nothing. Views count by themselves. */
export async function markOf(db: Db): Promise<string> {
  const tables = [
    'members',
    'boards',
    'posts',
    'post_versions',
    'comments',
    'comment_versions',
    'post_votes',
    'comment_votes',
    'bookmarks',
    'drafts',
    'tags',
    'moderation_log',
    'reports',
    'post_pins',
    'post_locks',
    'settings',
  ]
  const marks = await Promise.all(
    tables.map(async (table) => {
      const { rows } = await sql<{
        mark: string | null
      }>`select md5(string_agg(t::text, ',' order by t::text)) as mark
        from (select to_jsonb(x) - 'views' as t from ${sql.table(table)} x) own`.execute(db)
      return `${table} ${rows[0]?.mark ?? 'empty'}`
    }),
  )
  return marks.join('\n')
}
