//! A function, by its name or its ARN.

/// A function, by what is known of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Function {
    /// The function's name.
    pub name: String,
    /// Without a version or alias.
    pub arn: Option<String>,
    /// The version or alias by which a pool shall call it, such as `live`; nothing for the function itself.
    pub qualifier: Option<String>,
}

impl Function {
    /// From a name, an ARN, or the ARN of a version or alias.
    pub fn new(name_or_arn: &str) -> Self {
        // arn:aws:lambda:REGION:ACCOUNT:function:NAME[:VERSION]
        let parts: Vec<&str> = name_or_arn.split(':').collect();
        match parts.as_slice() {
            ["arn", _, "lambda", _, _, "function", name, qualifier @ ..] => Self {
                name: (*name).to_owned(),
                arn: Some(parts.iter().take(7).copied().collect::<Vec<_>>().join(":")),
                qualifier: qualifier.first().map(|qualifier| (*qualifier).to_owned()),
            },
            _ => Self { name: name_or_arn.to_owned(), arn: None, qualifier: None },
        }
    }

    /// The ARN by which a pool shall call it; where only the name is known, in the account and region of the pool with this
    /// ARN.
    pub fn arn_beside(&self, pool_arn: &str) -> Option<String> {
        let arn = self.arn.clone().or_else(|| match pool_arn.split(':').collect::<Vec<_>>().as_slice() {
            ["arn", partition, "cognito-idp", region, account, ..] => {
                Some(format!("arn:{partition}:lambda:{region}:{account}:function:{}", self.name))
            }
            _ => None,
        })?;
        Some(self.qualifier.iter().fold(arn, |arn, qualifier| format!("{arn}:{qualifier}")))
    }

    /// Whether `arn` names this function, or a version or alias of it.
    pub fn is_called_by(&self, arn: &str) -> bool {
        let other = Self::new(arn);
        match (&self.arn, &other.arn) {
            (Some(ours), Some(theirs)) => ours == theirs,
            _ => self.name == other.name,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ARN: &str = "arn:aws:lambda:eu-west-1:123456789012:function:stack-PreSignUp-X";

    #[test]
    fn a_function_is_one_by_name_arn_version_or_alias() {
        let function = Function::new(ARN);
        assert_eq!(function.name, "stack-PreSignUp-X");
        for (arn, is_it) in [
            (ARN.to_owned(), true),
            (format!("{ARN}:live"), true),
            (format!("{ARN}2"), false),
            (ARN.replace("eu-west-1", "eu-west-2"), false),
        ] {
            assert_eq!(function.is_called_by(&arn), is_it, "{arn}");
        }
        assert!(Function::new("stack-PreSignUp-X").is_called_by(&format!("{ARN}:7")));
        let pool = "arn:aws-cn:cognito-idp:cn-north-1:123456789012:userpool/cn-north-1_X";
        assert_eq!(
            Function::new("f").arn_beside(pool).as_deref(),
            Some("arn:aws-cn:lambda:cn-north-1:123456789012:function:f")
        );
        assert_eq!(Function::new(ARN).arn_beside("").as_deref(), Some(ARN));
        assert_eq!(Function::new("f").arn_beside("local_pool"), None);
        let alias = format!("{ARN}:live");
        assert_eq!(Function::new(&alias).arn_beside("").as_deref(), Some(&*alias));
        assert_eq!(Function::new(&alias).arn.as_deref(), Some(ARN));
    }
}
