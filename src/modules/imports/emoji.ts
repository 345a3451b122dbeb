/** Names under which forums write the emoji that people use most. Others keep their name between colons. */
const table = `+1 👍 -1 👎 100 💯 angry 😠 arrow_right ➡️ beer 🍺 beers 🍻 blush 😊 boom 💥 broken_heart 💔 bug 🐛 bulb 💡
cake 🍰 clap 👏 coffee ☕ cold_sweat 😰 computer 💻 confused 😕 cool 🆒 cry 😢 crying_cat_face 😿 disappointed 😞 dizzy_face 😵
exclamation ❗ expressionless 😐 eyes 👀 face_with_raised_eyebrow 🤨 facepalm 🤦 fire 🔥 flushed 😳 frowning 😦 gift 🎁 grimacing 😬
grin 😁 grinning 😀 hammer 🔨 handshake 🤝 heart ❤️ heart_eyes 😍 hugs 🤗 hugging_face 🤗 innocent 😇 information_source ℹ️ joy 😂
kissing_heart 😘 laughing 😆 link 🔗 man_shrugging 🤷 mask 😷 medal_sports 🏅 metal 🤘 muscle 💪 neutral_face 😐 nerd_face 🤓
ok_hand 👌 open_mouth 😮 partying_face 🥳 pensive 😔 point_down 👇 point_right 👉 point_up 👆 pray 🙏 question ❓ rage 😡
raised_hands 🙌 relaxed ☺️ relieved 😌 rocket 🚀 rofl 🤣 roll_eyes 🙄 sad 😢 scream 😱 shrug 🤷 simple_smile 🙂 skull 💀 sleeping 😴
slight_frown 🙁 slight_smile 🙂 slightly_smiling_face 🙂 smile 😄 smiley 😃 smirk 😏 smiling_face_with_three_hearts 🥰 sob 😭
sparkles ✨ star ⭐ star_struck 🤩 stuck_out_tongue 😛 stuck_out_tongue_winking_eye 😜 sunglasses 😎 sunny ☀️ sweat 😓 sweat_smile 😅
tada 🎉 thinking 🤔 thumbsup 👍 thumbsdown 👎 tired_face 😫 trophy 🏆 upside_down_face 🙃 wave 👋 warning ⚠️ white_check_mark ✅
wink 😉 worried 😟 wrench 🔧 x ❌ yum 😋 zap ⚡ zipper_mouth_face 🤐`

const words = table.split(/\s+/)
export const emojiByName: ReadonlyMap<string, string> = new Map(
  words.flatMap((word, index) => (index % 2 === 0 ? [[word, words[index + 1] ?? ''] as const] : [])),
)
