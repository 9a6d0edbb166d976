// The words of the set-up page.
import { learn } from "/words.js";

learn({
  en: {
    "set-up": "Set up this device", "code-title": "Code", code: "Code", continue: "Continue", "say-code": "Say it once more",
    "code-note": "The device says a code, and shows it on its screen. It shows that you stand beside it.",
    "network-title": "Wi-Fi", "wifi-name": "Name of your network", "wifi-password": "Its password", join: "Join it",
    joins: "It joins your network now. Join it too: the device says a new code there. If it cannot join, it opens its own network again.",
    service: "1. The service", provider: "Provider", endpoint: "Address (endpoint)", deployment: "Deployment or model",
    "sign-in": "Signs in with", "api-key": "a key", "managed-identity": "the identity of this computer (Azure Arc)", key: "Key",
    "key-note": "It goes over this network without encryption: use a network that you trust.",
    check: "Try the service", accepted: "The service accepts it.",
    "sound-step": "2. Sound and button", board: "Hardware", "no-board": "none of these", system: "as the system chooses",
    level: "Its level: say something", listen: "Listen", speaker: "Speaker", play: "Play a sound",
    watch: "Try the button", "press-now": "Press it now.", "is-pressed": "It is pressed.", "was-pressed": "The button works.",
    mode: "You talk to it", "by-button": "while you hold its button", "by-voice": "whenever you like: it hears voices",
    language: "It speaks of itself in", "talk-step": "3. First talk", talk: "Begin", hold: "Hold to talk",
    "keep-step": "4. Done", keep: "Use these settings", "end-title": "Done",
    end: "The device starts with it now. This page is gone.",
  },
  ja: {
    "set-up": "デバイスの設定", "code-title": "コード", code: "コード", continue: "次へ", "say-code": "もう一度言う",
    "code-note": "デバイスがコードを読み上げ、画面にも表示します。あなたがそばにいることの確認です。",
    "network-title": "Wi-Fi", "wifi-name": "ネットワーク名", "wifi-password": "パスワード", join: "接続する",
    joins: "デバイスはこのネットワークに接続します。同じネットワークにつないで、新しいコードを聞いてください。接続できなければ、デバイスのネットワークに戻ります。",
    service: "1. サービス", provider: "プロバイダー", endpoint: "アドレス（エンドポイント）", deployment: "デプロイ名またはモデル",
    "sign-in": "サインイン方法", "api-key": "キー", "managed-identity": "このコンピューターのID（Azure Arc）", key: "キー",
    "key-note": "キーは暗号化されずにこのネットワークを通ります。信頼できるネットワークを使ってください。",
    check: "サービスを試す", accepted: "サービスに接続できました。",
    "sound-step": "2. 音声とボタン", board: "ハードウェア", "no-board": "この中にない", system: "システムの既定",
    level: "音量：何か話してください", listen: "聞く", speaker: "スピーカー", play: "音を鳴らす",
    watch: "ボタンを試す", "press-now": "今押してください。", "is-pressed": "押されています。", "was-pressed": "ボタンは正常です。",
    mode: "話し方", "by-button": "ボタンを押している間", "by-voice": "いつでも（声を聞き取ります）",
    language: "案内の言語", "talk-step": "3. 最初の会話", talk: "始める", hold: "押して話す",
    "keep-step": "4. 完了", keep: "この設定で使う", "end-title": "完了",
    end: "デバイスはこの設定で起動します。このページはもう使えません。",
  },
});
