import type { Board } from '#modules/boards/shapes.ts'
import type { Actor, TestApp } from '#test/support/app.ts'

/** Lets a few seconds pass, so that what is made next is newer; tokens live for minutes. */
export function pass(app: TestApp): void {
  app.clock.now = new Date(app.clock.now.getTime() + 5000)
}

export async function say(
  who: Actor,
  postId: number,
  values: { body: string; parent?: number; remark?: boolean },
): Promise<{ id: number }> {
  const answer = await who.api('POST', `/posts/${postId}/comments`, values)
  if (answer.statusCode !== 201) throw new Error(`no comment: ${answer.body}`)
  return answer.json()
}

/** Calls the API and expects it to agree. */
export async function agree(who: Actor, call: Parameters<Actor['api']>): Promise<void> {
  const answer = await who.api(...call)
  if (answer.statusCode > 299) throw new Error(`refused: ${answer.body}`)
}

export type Scene = {
  garden: Board
  questions: Board
  haneul: Actor
  miro: Actor
  /** Edited once, with comments three levels deep, code, a list and a mention. */
  long: { id: number; title: string }
  question: { id: number; title: string }
  answers: { first: { id: number }; best: { id: number } }
}

const prose = `지난주에 심은 배추에 **애벌레**가 생겼습니다. Half of them are eaten.

- 한랭사를 씌운다
- pick them by hand, every morning

> 벌레가 먹은 만큼만 덜 먹으면 된다고 할머니는 말씀하셨습니다.

\`\`\`sql
select day, count(*) from caterpillars
\`\`\`

@miro 님은 어떻게 하셨나요?`

/** Two boards, two people, thirty posts, one of them long and talked about, and a question with two answers. */
export async function makeScene(app: TestApp): Promise<Scene> {
  const garden = await app.board({ slug: 'garden', name: '텃밭 Garden', about: '심고 거두는 이야기' })
  const questions = await app.board({
    slug: 'questions',
    name: '묻고 답하기',
    kind: 'question',
    downvotes: true,
  })
  const haneul = await app.member('하늘')
  const miro = await app.member('miro')
  for (let i = 1; i <= 28; i++) {
    pass(app)
    await app.post(i % 2 ? haneul : miro, garden, { title: `텃밭 일기 ${i} 번째 이야기`, tags: ['일기'] })
  }
  pass(app)
  const question = await app.post(haneul, questions, { title: '배추벌레는 어떻게 잡나요?', body: prose })
  await say(miro, question.id, { body: '어느 지방인가요?', remark: true })
  const first = await say(haneul, question.id, { body: '손으로 잡았습니다.' })
  const best = await say(miro, question.id, { body: 'Cover them with a net, early.' })
  pass(app)
  const long = await app.post(miro, garden, { title: '배추가 자라는 동안', body: `${prose}\n\n첫 글입니다.` })
  const top = await say(haneul, long.id, { body: '잘 읽었습니다.' })
  const reply = await say(miro, long.id, { body: 'Thank you!', parent: top.id })
  await say(haneul, long.id, { body: '다음 글도 기다릴게요.', parent: reply.id })
  pass(app)
  await agree(miro, [
    'PATCH',
    `/posts/${long.id}`,
    { body: `${prose}\n\n고친 글입니다.`, version: 1, note: '마지막 줄' },
  ])
  return { garden, questions, haneul, miro, long, question, answers: { first, best } }
}
