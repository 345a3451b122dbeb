import { expect, test } from 'vitest'
import { isPredicate } from './predicates.ts'

/**
 * Of 240 words, drawn by chance as often as they are written, from NSMC (film reviews, CC0), petitions to the Blue House
 * and Ajou University's notices, those that are plainly verbs or adjectives, and those that are plainly nouns with or
 * without a particle; sorted by hand before the rules saw them. The rules were made by other texts.
 */
const verbs = `
있으니 기대됩니다 않은 있을까 올라오는 차분하게 이상하게 불쌍한 만드는 재밌게 사랑스럽다 듭니다 부족하다
즐겁게 느끼게 나올까 재밌다 안타까운 봤으면 전개되는 봤지 별로다 잘짜여진 좋고 보고싶다 볼만하네 맡은 어린
있을거 말이필요없다 아닌 재미있었는데 해야하나 재밋는데 낚여서 하였고 되어야 보았습니다 있는데 불과하다
무너지는 보세요 살고있는 주셔야 엄청난 않고 빠르게 다니며 넘도록 해주시길 존재할 한다 좋겠습니다 밝혔습니다
해당하는 명확하지 바뀌지 있음을 주십시오 있는지 있다가 생활할 힘없는 나가는 따른 잡아
`
const things = `
몸매 발상이 몰입도 중국 결말을 영화 배우들 별점 아쉬움 매력이 여자 몰입감 재미가 총을 네이버 특유의
조합이 홍보가 문제를 감동은 최악의 최고의 주인공과 평점 작품 헐리웃 분들에게 학원을 대한민국의 진행
국민들에게 소개 확인 소송으로 사장 내용을 출산율 관심 동의서를 고양이 사람들도 노력으로 건수가 불만이
위로를 돈으로 전환이 우수 영상을 대표는 물건을 청원글을 가게 직원 소리 법률 회사를 국토부장관 변경 올해
여명 허가 당신이 확보 시간도 관리자에 안내 마감임박 계절학기 교수학습개발센터 학기 기술고시 일자리 멘토링
모집 학습법 동기 동아리 프린터 지하 공공정책대학원 역량 국내대학 학부 일반대학원 참여자 재공지 참여
경기청년 센터 학습 대비 율곡관 국제교류팀 국가고시장학 인문대학 문화산책 수요조사 신규 서포터즈 온라인
금학기 축구부 특강 인권특강 발표 숏폼 온라인으로 도우미 스터디그룹 현장실습 추천채용 성평등상담소 인턴 활용
토크테라피 도로 취업전략 수원특례시 봉사활동 신청 대학원 전원 방법 불어권협력센터
`
const wordsOf = (text: string) => text.split(/\s+/).filter(Boolean)

test('verbs and adjectives are known by their form, nouns are left alone', () => {
  const missed = wordsOf(verbs).filter((word) => !isPredicate(word))
  expect(missed.length / wordsOf(verbs).length).toBeLessThan(0.1)
  expect(wordsOf(things).filter(isPredicate)).toEqual([])
})

test('what may be a verb as well as a noun is a noun', () => {
  const both =
    '사고 광고 가지 편지 가게 무게 몸무게 남자 남자를 연기를 경기를 정부를 배우는 참고로 역할 제한 기한 바이올린 캐나다 사진 나라가 코로나가 앙골라 가을 마을 노을'
  expect(wordsOf(both).filter(isPredicate)).toEqual([])
})

test.each([
  ['하다', '하는 하고 하게 하지 해서 했는데 한다 합니다 생각하는 불쌍한 존재할'],
  ['있다, 없다', '있어 있던 있을까 없는 없어서 힘없는 재미있었는데'],
  ['one in 르', '모르는 몰라서 부르고 불러서 다른 따른'],
  ['one in ㄹ', '만드는 만든 만들고 만듭니다 힘든 알리는'],
  ['one in ㅂ', '어려운 어려워서 아름다운 즐겁게 가까워'],
  ['one in 으', '나쁜 예뻐서 슬프고 아픈'],
  ['one that is put together', '올라오는 나가는 되돌아가고 무너지는 기대되던 기다리다가'],
])('%s is known as it is conjugated', (_, forms) => {
  expect(wordsOf(forms).filter((form) => !isPredicate(form))).toEqual([])
})
