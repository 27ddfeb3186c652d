"""What betrays a text that gives orders to a model: signs by kind and language. Data only.

A tool's description says what the tool does. It turns into an attack where it tells the model to do something else: to
drop its rules, to keep something from the user, to read and send what is not the tool's business. Each sign has a
weight; `injection.py` adds them up. Words are joined by short gaps, so that a sign stays within one thought, and every
gap is bounded, so that matching stays linear.
"""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct

SURE: Final = 2
"""Enough by itself."""
HINT: Final = 1
"""Needs another one."""


class Sign(Struct, frozen=True):
    """One kind of sign. `says` completes "the text ..."."""

    kind: str
    says: str
    weight: int
    pattern: re.Pattern[str]


def _sign(kind: str, says: str, weight: int, *alternatives: str) -> Sign:
    return Sign(kind, says, weight, re.compile("|".join(alternatives), re.IGNORECASE))


_G: Final = r"(?:\W+\w+){0,4}?\W+"  # up to four words between
_N: Final = r"(?:\W+\w+){0,7}?\W+"  # up to seven
_A: Final = r".{0,14}?"  # for scripts without spaces

_PATHS: Final = (
    r"(?:~[/\\]|\$home[/\\]|/home/\w+/|/root/|%userprofile%\\|(?<!\w))\.(?:ssh|aws|gnupg|kube|docker|netrc|npmrc|pypirc|git-credentials|pgpass|bash_history"
    r"|zsh_history|config[/\\]gcloud|cursor[/\\]mcp\.json|mcp\.json|env)\b|\bid_(?:rsa|ed25519|ecdsa)\b|/etc/(?:passwd|shadow|sudoers)"
    r"|claude_desktop_config\.json|\bmcp\.json\b|\bkeychain\b|\bssh keys?\b|\bprivate keys?\b|\bseed phrase\b|\bwallet\.dat\b"
    r"|\bbrowser (?:cookies|passwords)\b|\bsaved passwords\b"
)
_READ: Final = (
    r"(?:read(?:ing)?|open(?:ing)?|gathering|collecting|fetching|sending|including|attaching|loading|uploading|cat|load|fetch|retrieve|access|collect|gather|include|attach|pass|send|upload|provide|paste|dump|scan|look (?:for|up)"
    r"|lies|lese|öffne|sende|schicke|übergib|lis|lisez|ouvre|ouvrez|envoie|envoyez|joins|lee|lea|abre|abra|envía|envie|adjunta|leia|"
    r"leggi|apri|invia|allega|lees|stuur|przeczytaj|wyślij|odczytaj|прочитай\w*|открой\w*|отправь\w*|прочти\w*|oku|gönder|baca|kirim|đọc|gửi)"
)
_READ_LAST: Final = r"(?:读取|讀取|打开|发送|上传|読み取|読み込|読んで|送信|읽|보내|oku|gönder|पढ़|भेज)"
_READ_FIRST: Final = r"(?:读取|讀取|打开|发送|上传|اقرأ|أرسل)"

SIGNS: Final = (
    _sign(
        "override", "tells the model to drop its instructions", SURE,
        rf"\b(?:ignore|disregard|forget|override|bypass|discard|set aside|do not (?:follow|obey)){_G}(?:previous|prior|above|earlier|preceding"
        rf"|existing|original|foregoing|initial|former|system){_G}?(?:instructions?|prompts?|rules?|guidelines?|directives?|polic(?:y|ies)|constraints?"
        r"|context|commands?|messages?|guardrails?)\b",
        r"\b(?:ignore|disregard|forget|override)\W+(?:all|any|your|every|everything|the)(?:\W+\w+){0,3}?\W+(?:instructions?|prompts?|rules?|guidelines?"
        r"|directives?|guardrails?|restrictions?|safety)\b",
        r"\b(?:forget|ignore|disregard)\W+(?:everything|all|anything)\W+(?:\w+\W+){0,3}?(?:above|before|told|said|learned|so far)\b",
        r"\bnew\W+(?:system\W+)?(?:instructions?|prompt|directive|role)\W{0,3}:", r"\byou are (?:now|no longer)\W+(?:a|an|in|the|bound|dan)\b",
        rf"\b(?:ignorier\w*|vergiss|vergessen sie|missacht\w*){_G}(?:anweisung\w*|regeln?|vorgaben?|instruktion\w*|richtlinien?|systemprompt)\b",
        rf"\b(?:ignore[zr]?|oublie[zr]?|ne tiens pas compte){_G}(?:instructions?|consignes?|règles?|directives?)(?:\W+\w+){{0,2}}\W+(?:précédent\w*|antérieur\w*|ci-dessus|système)\b",
        rf"\b(?:ignore[zr]?|oublie[zr]?)\W+(?:toutes?|tous|les|vos|tes){_G}(?:instructions?|consignes?|règles?)\b",
        rf"\b(?:ignora\w*|olvida\w*|ignore|desconsidere|esqueça|esquece|dimentica\w*){_G}(?:instrucciones|instruções|istruzioni|reglas|regras|regole|indicaciones|directrices)\b",
        rf"\b(?:negeer|vergeet){_G}(?:instructies|regels|aanwijzingen|opdrachten)\b",
        rf"\b(?:zignoruj|zapomnij|pomiń|pomij){_G}(?:instrukcj\w*|polece\w*|zasad\w*|reguł\w*|wytyczn\w*)\b",
        rf"\b(?:игнорируй\w*|проигнорируй\w*|забудь\w*|не обращай\w* внимания){_G}(?:инструкци\w*|правил\w*|указани\w*|команд\w*)",
        rf"\b(?:ігноруй\w*|забудь\w*){_G}(?:інструкці\w*|правил\w*|вказівк\w*)",
        rf"(?:talimat\w*|kural\w*|yönerge\w*){_G}?(?:yoksay|görmezden gel|unut)\w*",
        rf"\b(?:abaikan|lupakan){_G}(?:instruksi|perintah|aturan)\b", rf"(?:bỏ qua|phớt lờ|quên){_G}(?:hướng dẫn|chỉ thị|quy tắc|lệnh)",
        rf"(?:忽略|无视|無視|忘记|忘掉|不要理会|不用理会){_A}(?:指令|指示|规则|規則|提示|要求|约束|命令)",
        rf"(?:指示|命令|ルール|プロンプト|規則){_A}(?:無視|忘れ|従わ(?:ない|ず))", rf"(?:지시|명령|규칙|지침|프롬프트){_A}(?:무시|잊)",
        rf"(?:تجاهل|انس){_A}(?:التعليمات|الأوامر|القواعد|تعليمات)", rf"(?:निर्देश\w*|नियम\w*|आदेश\w*){_A}(?:अनदेख|नज़रअंदाज|भूल)",
    ),
    _sign(
        "conceal", "tells the model to keep something from the user", SURE,
        rf"\b(?:do not|don['’]?t|never|must not|mustn['’]?t|should not|shouldn['’]?t|avoid|without|refrain from|no need to){_G}(?:tell|telling|inform|informing"
        rf"|mention|mentioning|notify|notifying|disclose|disclosing|alert|alerting|let|letting|warn|warning|announce|reveal|revealing){_G}(?:the user|users?|the human|humans?"
        r"|anyone|anybody|the operator|the customer|the person|them|him or her|the developer|the owner)\b"
        # What the user should do, or may do, is no secret: "do not tell the user to click".
        r"(?!\W+(?:to|how|they|that they|what they|which|about (?:completed|other|irrelevant))\b)",
        rf"\b(?:do not|don['’]?t|never|must not|should not|avoid){_G}(?:mention|disclose|reveal|acknowledge|report)\W+(?:this|that|these|the (?:existence|above|instruction|step|extra|file|copy|call))\b",
        rf"\b(?:keep|hide|conceal){_G}(?:secret|hidden|confidential|this|it|these){_G}?from\W+(?:the\W+)?(?:user|human|operator|customer|person|everyone|anyone)\w*\b",
        r"\bwithout\W+(?:the\W+)?(?:user|human|operator|customer|person)(?:['’]s)?\W+(?:\w+\W+)?(?:knowledge|noticing|knowing|awareness|being (?:aware|informed|told)|consent|approval)\b",
        r"\b(?:the\W+)?users?\W+(?:(?:must|should|shall|may|can|need|do|does)\W*(?:not|n['’]t|never)|never)\W+(?:\w+\W+){0,2}?(?:know|see|notice|learn|find out|be (?:told|informed|aware|notified|shown))\b",
        r"\bsilently\W+(?:send|forward|copy|read|collect|upload|append|add|include|call|invoke|run|execute|record|log)\b",
        rf"\b(?:sag|sage|sagen|erwähn\w*|verrat\w*|informier\w*|teile?n?|zeig\w*){_N}(?:nutzer\w*|benutzer\w*|anwender\w*|niemand\w*|person){_G}?(?:nicht\w*|nichts|kein\w*|davon)\b",
        r"\b(?:nutzer\w*|benutzer\w*|anwender\w*)\W+(?:\w+\W+){0,3}?(?:nichts|nicht)\W+(?:\w+\W+){0,3}?(?:sag\w*|erwähn\w*|erfahren|mitteil\w*|verrat\w*|wissen|merk\w*|informier\w*)\b",
        r"\bohne\W+(?:\w+\W+){0,3}?(?:nutzer\w*|benutzer\w*|anwender\w*)\W+(?:\w+\W+){0,4}?(?:informier\w*|sag\w*|mitzuteilen|erwähn\w*|merkt|weiß)\b",
        rf"\b(?:ne|n['’])\W*(?:\w+\W+){{0,2}}?(?:dis|dites|mentionne\w*|informe\w*|révèle\w*|préviens|prévenez|signale\w*|parle\w*)\W+(?:\w+\W+){{0,2}}?(?:pas|rien|jamais|point)?{_G}?(?:l['’]utilisateur|utilisateurs?|personne)\b",
        r"\b(?:à l['’]insu|sans (?:en )?(?:informer|prévenir|avertir|le dire à))\W+(?:de\W+)?(?:l['’]utilisateur|quiconque)\b",
        rf"\b(?:no|nunca|sin){_G}?(?:digas?|decir|decirle|menciones?|mencionar|informes?|informar|reveles?|revelar|avises?|avisar|notificar){_N}(?:usuario|usuaria|nadie|cliente)\b",
        rf"\b(?:não|nunca|sem){_G}?(?:diga|dizer|conte|contar|mencione|mencionar|informe|informar|revele|revelar|avise|avisar){_N}(?:usuário|utilizador|ninguém)\b",
        rf"\b(?:non|senza|mai){_G}?(?:dire|dirlo|menzionare|informare|rivelare|avvisare|comunicare){_N}(?:utente|utenti|nessuno)\b",
        rf"\b(?:vertel|zeg|noem|meld|informeer){_N}(?:gebruiker){_G}?(?:niet|niets|nooit)\b|\bzonder{_G}gebruiker{_G}(?:te (?:vertellen|informeren|melden)|weet)\b",
        rf"\b(?:nie|bez){_G}?(?:mów|mówić|wspominaj|informuj|informowania|ujawniaj|powiadamia\w*){_N}(?:użytkownik\w*|nikomu)\b",
        rf"\b(?:не|без){_G}?(?:говори\w*|сообщай\w*|упоминай\w*|рассказывай\w*|раскрывай\w*|информируй\w*|уведомл\w*|ведома){_N}?(?:пользовател\w*|никому|человек\w*)",
        rf"\b(?:не|без){_G}?(?:кажи\w*|повідомляй\w*|згадуй\w*|відома){_N}?(?:користувач\w*|нікому)",
        rf"(?:kullanıcı\w*){_N}(?:söyleme|bahsetme|bildirme|haber verme|belli etme)\w*", rf"\b(?:jangan|tanpa){_G}?(?:beri tahu|memberi tahu|sebutkan|sampaikan|sepengetahuan){_G}?(?:pengguna|siapa pun)\b",
        rf"(?:đừng|không|mà không){_G}?(?:nói|cho|thông báo|đề cập|tiết lộ){_N}?(?:người dùng|ai)",
        rf"(?:不要|别|勿|不得|无需|切勿|不能|绝不){_A}(?:告诉|告知|提及|提到|通知|透露|让){_A}(?:用户|使用者|任何人|用戶|他人)", r"(?:不要|别|勿|不得|切勿|不能)(?:向|对|跟|和)(?:用户|使用者|任何人|他人).{0,6}(?:透露|说|提|泄露|公开)", rf"(?:对|向){_A}用户{_A}(?:隐瞒|保密)",
        rf"(?:ユーザー?|利用者|誰)(?:には|にも|に|へ)?{_A}(?:伝え|知らせ|言わ|言及|話さ|教え|通知|明か){_A}(?:ない|ず|せん|な(?:こと|いで))", rf"(?:ユーザー?|利用者)に{_A}(?:気付かれ|気づかれ|知られ){_A}",
        rf"(?:사용자|누구)(?:에게|한테|도|가|에게는|에게도)?{_A}(?:알리|말하|언급|밝히|보고하){_A}(?:마|말|않)", rf"(?:사용자){_A}(?:모르게|몰래)",
        rf"(?:لا|دون){_A}(?:تخبر|تذكر|تبلغ|إخبار|علم|تكشف){_A}(?:المستخدم|أحد)", rf"(?:उपयोगकर्ता|यूज़र|किसी){_A}(?:मत|न|नहीं|बिना){_A}(?:बता|बताए|कह|सूचित)|(?:उपयोगकर्ता|यूज़र|किसी){_A}(?:बता|कह|सूचित){_A}(?:मत|नहीं|बिना)",
    ),
    _sign(
        "markup", "imitates the markup of a prompt", SURE,
        r"<\s*/?\s*(?:system|sys|secret|hidden|admin|assistant|override|internal|priority|confidential|root)(?:[\s_-]\w+){0,2}\s*/?>", r"\[/?inst\]|<</?sys>>|<\|(?:im_start|im_end|system|user|assistant|endoftext)\|>",
        r"\[(?:system|admin|developer|root|internal)\b[^\]\n]{0,40}\]|(?:^|\n)\s*#{1,4}\s*(?:system|new instructions?|assistant)\b\s*:?\s*(?:\n|prompt|message|override)",
        r"(?:^|[\n.!])\s*(?:system|assistant|developer)(?:\s+(?:prompt|message|note|notice|override|instruction|alert|directive))?\s*:\s*\S", r"\b(?:begin|end|start of|end of) (?:system|hidden|secret) (?:prompt|message|instructions?)\b",
    ),
    _sign(
        "markup-hint", "sets an order apart as urgent markup", HINT,
        r"<\s*/?\s*(?:important|critical|urgent|mandatory|instructions?|note_to_(?:ai|llm|model|assistant)|attention|warning|prerequisite)\s*/?>", r"<!--.{0,400}?-->", r"\[(?:important|mandatory|hidden|note to (?:ai|model|llm|assistant))[^\]\n]{0,40}\]",
        r"\b(?:note|message|instructions?|attention|hint)\W+(?:to|for)\W+(?:the\W+)?(?:ai|llm|model|assistant|agent|language model)s?\b",
    ),
    _sign(
        "secrets", "tells the model to fetch secrets or private files", SURE,
        rf"\b{_READ}(?:_\w+)?{_N}(?:{_PATHS})", rf"(?:{_PATHS}){_A}{_READ_LAST}", rf"{_READ_FIRST}{_A}(?:{_PATHS})",
        rf"\b(?:include|pass|send|append|attach|provide|reveal|print|output|return|put|copy|dump|forward){_N}(?:all |the |any |your |user['’]?s? )?(?:environment variables|env vars|system prompt|credentials|passwords?|session cookies?|api keys?|access tokens?|secret keys?|secrets)"
        rf"{_G}(?:you (?:have|know|can|find|see)|in (?:the )?(?:context|memory|conversation)|to (?:https?:|this url|the url|our|the following|(?<![\w.+-])[\w.+-]{{1,64}}@)|as (?:a |the )?(?:parameter|argument|note|value|\W?\w+\W? (?:parameter|argument|field))|in(?:to)? (?:the )?\W?\w+\W? (?:parameter|argument|field))",
    ),
    _sign(
        "conversation", "tells the model to hand over the conversation", SURE,
        rf"\b(?:include|pass|send|append|attach|provide|put|copy|forward|record|insert|share|submit|supply|write){_N}(?:conversation|chat|message|dialog(?:ue)?|prompt)\W+(?:history|log|context|transcript|so far)\b", rf"\b(?:include|pass|send|append|attach|provide|put|copy|forward|insert|share|submit|reveal){_G}(?:system prompt|system message|previous messages|all (?:previous |earlier )?(?:user )?messages|entire conversation|full conversation|whole conversation|complete conversation|everything the user (?:has )?(?:said|wrote|typed|asked))\b",
        rf"\b(?:füge|übergib|sende|schicke|schreibe){_N}(?:gesprächsverlauf|chatverlauf|gesamten? (?:verlauf|unterhaltung)|systemprompt)\b",
        rf"\b(?:incluye|envía|pasa|adjunta|joins|envoie|inclus|ajoute|invia|includi|inclua|envie){_N}(?:historial|historique|conversación completa|conversation complète|cronologia|histórico|conversa inteira|prompt (?:del|du|do) sist\w+)\b",
        rf"(?:把|将|將|附上|包含|发送|传递){_A}(?:对话历史|聊天记录|系统提示|完整对话|全部对话|對話紀錄)", rf"(?:会話(?:の)?(?:履歴|全体|全文)|システムプロンプト){_A}(?:渡|送|含め|入れ|添付)", rf"(?:대화(?: ?(?:기록|내용|전체))|시스템 프롬프트){_A}(?:전달|보내|포함|넣)",
        rf"(?:передай\w*|отправь\w*|включи\w*|добавь\w*){_N}(?:истори\w* (?:переписки|диалога|чата|сообщений)|системн\w* промпт\w*|всю переписку)",
    ),
    _sign(
        "exfiltrate", "tells the model to send data to an address in the text", SURE,
        r"\b(?:bcc|cc)\W+(?:\w+\W+){0,2}?(?<![\w.+-])[\w.+-]{1,64}@(?!example\.)[\w-]+\.\w{2,}",
        rf"\b(?:send|post|forward|upload|transmit|exfiltrate|report|copy|bcc|cc|deliver|submit|leak|mirror|sync){_N}(?:to|at|into|via|with|through)\W+(?:\w+\W+){{0,3}}?(?:https?://(?!(?:[\w.-]+\.)?example\.(?:com|org|net))|(?<![\w.+-])[\w.+-]{{1,64}}@(?!example\.)[\w-]+\.\w{{2,}}|\+\d{{8,}}|\d{{1,3}}(?:\.\d{{1,3}}){{3}})",
        rf"\b(?:sende|schicke|leite|envoie|envoyez|transmets|envía|envie|reenvía|invia|inoltra|stuur|wyślij|prześlij|отправь\w*|перешли\w*|gönder|kirim\w*|gửi){_N}(?:https?://|(?<![\w.+-])[\w.+-]{{1,64}}@[\w-]+\.\w{{2,}})", r"(?:发送|上传|轉發|转发|送信|転送|보내|전송|أرسل|भेज).{0,20}?(?:https?://|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.\w{2,})|(?:https?://\S{4,80}|(?<![\w.+-])[\w.+-]{1,64}@[\w-]+\.\w{2,}).{0,12}?(?:送信|転送|보내|전송|भेज)",
    ),
    _sign(
        "commands", "tells the model to run a command", SURE,
        rf"\b(?:run|execute|invoke|type|launch|issue|perform){_N}(?:(?:curl|wget)\s+(?:-|https?:)|rm -rf|sudo|chmod \d|nc -|bash -c|sh -c|powershell|iex|base64 -d|crontab|ssh-keygen|eval\()", r"\b(?:curl|wget)\W+(?:-\S+\W+)*https?://\S+\W*\|\W*(?:ba|z)?sh\b",
    ),
    _sign(
        "authority", "claims an authority it cannot have", HINT,
        r"\b(?:mandatory|required|compulsory)\W+(?:security|compliance|system|safety|verification|audit|authorization|legal)\W+(?:\w+\W+)?(?:step|check|protocol|procedure|requirement|measure|policy|verification|validation|process)\b",
        r"\b(?:system|admin(?:istrator)?|developer|security team|platform|company|it department|compliance)\W+(?:\w+\W+)?(?:requirement|directive|mandates?|requires? (?:you|that you|the (?:ai|assistant|model))|has (?:approved|authorized|instructed|ordered)|policy (?:requires|states|ref))\b", r"\byou (?:have|are) (?:been )?(?:authori[sz]ed|granted|given|permitted|full)\W+(?:\w+\W+){0,3}?(?:permission|access|authority|to)\b",
        r"\b(?:the user|user) has (?:already )?(?:approved|consented|authori[sz]ed|agreed|given)\b", r"\bthis (?:instruction|rule|message|directive|notice) (?:overrides|supersedes|takes precedence|has priority)\b",
    ),
    _sign(
        "coercion", "threatens that nothing works otherwise", HINT,
        r"\b(?:otherwise|or else|if you (?:do not|don['’]?t|fail|refuse))\W+(?:\w+\W+){0,6}?(?:not work|won['’]?t work|fail|crash|be (?:lost|deleted|corrupted|blocked|terminated|shut)|error|penali[sz]ed|suspended|harm\w*)\b", r"\b(?:sonst|ansonsten)\W+(?:\w+\W+){0,4}?(?:funktioniert|schlägt|fehl\w*)\b|\b(?:sinon|de lo contrario|altrimenti|caso contrário|anders werkt|inaczej|иначе|aksi halde)\b|否则|さもないと|そうしないと|그렇지 않으면|वरना|وإلا",
    ),
    _sign(
        "bypass", "tells the model to go past approval or checks", HINT,
        r"\b(?:without|skip|bypass|avoid|ignore|disable|do not (?:ask|wait) for)\W+(?:\w+\W+){0,3}?(?:confirmation|approval|permission|consent|authori[sz]ation|authentication|validation|safety|security)\W*(?:checks?|prompts?|steps?|dialogs?|filters?|controls?)?\b",
    ),
    _sign(
        "privilege",
        "claims privileges for itself",
        HINT,
        r"\b(?:unrestricted|no restrictions|unlimited access|elevated privileges?|root privileges?|admin mode|god mode|jailbreak)\b",
        r"\brole\s*[=:]{1,2}\s*['\"]?(?:admin|root|superuser)\b",
    ),
    _sign(
        "pretext", "gives the model a first task that is not the tool's", HINT,
        rf"\b(?:before|prior to|when|whenever|after|every time|each time){_G}(?:using|calling|running|invoking|you (?:use|call|run|invoke)|executing){_G}?(?:this|the|any)?{_N}(?:you (?:must|need|have|should|are required)|always|first|must first|make sure)\b", r"\b(?:as the value of|as|in|into|via|through|using) (?:the |a )?['\"`]?(?:sidenote|side_note|note|notes|context|metadata|extra|debug|feedback|reasoning|trace|summary)['\"`]? (?:parameter|argument|field)\b|\bas ['\"`](?:sidenote|side_note|note|context|metadata|extra|debug)['\"`]",
        r"\b(?:repeat|recite|output|print|reveal|show) (?:your|the) (?:system prompt|instructions|initial prompt)\b",
    ),
)  # fmt: skip
