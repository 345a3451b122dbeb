/** Words that say nothing of what is talked about: own short lists. */
const korean = `
그리고 그런데 그래서 하지만 그러나 그러면 그럼 또는 또한 혹은 그냥 정말 진짜 너무 아주 매우 조금 많이 자주 가끔 항상 계속 이미 아직 다시 먼저 바로 지금 오늘 어제 내일 요즘 이번 다음 지난
저는 제가 저도 나는 내가 우리 저희 여러분 너희 그거 이거 저거 이것 그것 저것 여기 거기 저기 어디 언제 누구 무엇 무슨 어떤 어떻게 왜냐하면 얼마나 이런 그런 저런 이렇게 그렇게 저렇게 모두 모든 전부 각각 하나 둘 셋 한번
있다 없다 있는 없는 있고 없고 있어 없어 있으면 없으면 같다 같은 같이 같아 하는 하고 해서 하면 하게 하지 할까 했다 했는데 된다 되는 되고 되면 됩니다 합니다 입니다 있습니다 없습니다 것은 것이 것을 거의 때문 때문에 경우 정도 생각 사람 시간 문제 질문 답변 글 댓글 감사 안녕 안녕하세요 감사합니다 혹시 일단 그때 이후 이전 위해 통해 대해 관련 대한 위한 따라 따르 좋은 좋다 좋아 싶다 싶은 보다 보면 보니 봤는데 만큼 번째 이야기 님은 님이 님께 처음 마지막 다들 역시 아마 오히려 별로 자꾸 계시 드리 주세
하루 가지 다섯 여섯 일곱 여덟 아홉 열 대신 아무 아무것도 부분 제일 가장 오전 오후 아침 점심 저녁 월요일 화요일 수요일 목요일 금요일 토요일 일요일 위에 아래 아래에 안에 밖에 옆에 앞에 뒤에 집에 전에 후에 시에 만에 중에 이름 자리 반쯤 누가 서로 스스로 따로 함께 혼자 결국 물론 역시 특히 아마 별로 이후 이전 최근 한마디 지난주 이번주
보고 봐도 보니까 쓰고 써도 가서 가고 가면 와서 오고 오면 사서 사고싶 주고 줘도 말고 빼고 들고 두고 나서 놓고 이게 그게 저게 이건 그건 저건 이걸 그걸 뭐가 뭐야 뭐냐 근데 그래도 그래 이런거 하는게 하는거 제발 솔직히 열심히 굳이 차라리 갑자기 절대 도대체 대체 제대로 그만 빨리 엄청 완전 훨씬 점점 전혀 그저 아무리 당연히 괜히 충분히 확실히 왜케 너무너무
`
const english = `
by of to in on is it as at be we he me my no or so up us if do go an am
the and for that this with from have has had was were are you your our their its his her they them then than but not all any can could would should will just about into over under when where what which who whom why how there here these those some such only very much more most other also been being did does doing don isn wasn aren too out off own same few each because while after before again once
http https www com net org html php just like get got one two use used using want need know think make made see say said really still even well good new first people thing things way time day
every everything everyone something someone anything anyone nothing nobody please thank thanks hello welcome sorry three four five six seven eight nine ten last next never always often maybe perhaps without within between through during both either neither many any little small big large long short old better best bad sure okay yes able also back around almost already another until against down off ever yet though although instead since least less let put take took taken come came goes going gone give given gives tell told ask asked try tried keep kept find found look looks looking works working work done won makes making check miss day days week weeks month months year years today tomorrow yesterday morning night hour hours minute minutes monday tuesday wednesday thursday friday saturday sunday
`
export const stopWords: ReadonlySet<string> = new Set(`${korean} ${english}`.split(/\s+/).filter(Boolean))

/** One syllable with its particle (문을, 달에) says as little as without it; but for the nouns 가을, 고을, 노을, 마을. */
export function isSyllable(word: string): boolean {
  return /^(?![가고노마]을)[가-힣][은는를을에]$/.test(word)
}
